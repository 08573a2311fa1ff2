mod expressions;
mod operators;
