//! The permission query language: lexer, parser, checker, suggestions; pure.
