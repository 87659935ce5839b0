//! What commands and questions do, as tables: who asks for what, and what comes of it.

mod accounts;
mod invitations;
mod lists;
mod members;
mod organizations;
mod ownership;
mod plans;
mod queries;
mod ranks;
mod repeats;
mod token_lists;
mod token_rotation;
mod token_scope;
mod tokens;
mod users;
