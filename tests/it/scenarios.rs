//! What commands and questions do, as tables: who asks for what, and what comes of it.

mod account_life;
mod accounts;
mod copies;
mod documents;
mod erasing;
mod found;
mod invitations;
mod lifecycle;
mod lists;
mod marks;
mod members;
mod organizations;
mod ownership;
mod plans;
mod queries;
mod ranks;
mod repeats;
mod status;
mod token_lists;
mod token_rotation;
mod token_scope;
mod tokens;
mod users;
