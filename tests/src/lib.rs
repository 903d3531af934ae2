//! Nothing: this package only holds the integration tests under `it/`.
