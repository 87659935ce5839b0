//! What commands and questions do, as tables: who asks for what, and what comes of it.

mod account_life;
mod accounts;
mod copies;
mod lifecycle;
mod marks;
mod organizations;
mod queries;
mod ranks;
mod repeats;
mod status;
mod tokens;
mod users;
