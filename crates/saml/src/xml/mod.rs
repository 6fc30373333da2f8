//! XML in both directions: a writer that can only write canonical form, a reader that only reads plain documents.

pub mod name;
pub mod read;
pub mod write;
