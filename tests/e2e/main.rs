//! The real bot against the sandbox, over real sockets.
