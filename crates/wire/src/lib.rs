//! What crosses the process boundary: the bodies of the native API, and the frames of agents ([`agent`]).
//!
//! The server answers with these types and the command line reads them, so both sides say the same thing; the OpenAPI
//! document and the TypeScript types of the web page are generated from them. Nothing here knows the engine.
//!
//! Conventions: members are camelCase; instants are RFC 3339 in UTC with `Z`; ids are 64-bit integers, executions also
//! carry a UUID. Requests refuse members they do not know; answers may grow, so readers ignore what they do not know.

pub mod about;
pub mod account;
pub mod action;
pub mod agent;
pub mod audit;
pub mod bulk;
pub mod calendars;
pub mod chains;
pub mod collisions;
pub mod connections;
pub mod deployments;
pub mod devices;
pub mod double;
pub mod event;
pub mod execution;
pub mod files;
pub mod fire;
pub mod groups;
pub mod job;
pub mod job_edit;
pub mod log;
pub mod lookup;
pub mod notifications;
pub mod preview;
pub mod problem;
pub mod schedule;
pub mod secrets;
pub mod session;
pub mod settings;
pub mod software;
pub mod statistics;
pub mod status;
pub mod token;
pub mod trial;
pub mod user;
pub mod version;
pub mod view;
