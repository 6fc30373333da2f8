//! Every rule, from both sides.
