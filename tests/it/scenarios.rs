//! What commands and questions do, as tables: who asks for what, and what comes of it.

mod account_life;
mod accounts;
mod copies;
mod documents;
mod found;
mod groups;
mod handing_on;
mod invitations;
mod lifecycle;
mod lists;
mod marks;
mod members;
mod organizations;
mod ownership;
mod plans;
mod policies;
mod queries;
mod questions_of_right;
mod ranks;
mod repeats;
mod status;
mod token_lists;
mod token_rotation;
mod token_scope;
mod tokens;
mod users;
