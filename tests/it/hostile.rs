//! What nobody of good will would send or store: it is refused with its place, and changes
//! nothing.

mod commands;
mod laws;
mod logs;
mod stored;
