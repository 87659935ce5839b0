//! What commands and questions do, as tables: who asks for what, and what comes of it.

mod accounts;
mod documents;
mod organizations;
mod queries;
mod ranks;
mod repeats;
mod tokens;
mod users;
