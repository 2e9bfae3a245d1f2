//! Which server a client command talks to, and with which token.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::Environment;
use crate::exit::{Code, Failure};

/// Where the server is when nobody says.
const DEFAULT_URL: &str = "http://127.0.0.1:8000";

/// Options of every command that talks to a server.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct ClientOptions {
    /// Address of the server [env: ORLOJ_URL] [default: http://127.0.0.1:8000]
    #[arg(long, global = true, value_name = "URL", help_heading = "Server")]
    pub(crate) url: Option<String>,
    /// Token [env: ORLOJ_TOKEN]; better in the environment or a profile, where other users do not see it
    #[arg(
        long,
        global = true,
        value_name = "TOKEN",
        help_heading = "Server",
        hide_env_values = true
    )]
    pub(crate) token: Option<String>,
    /// Profile of the file profiles.toml [env: ORLOJ_PROFILE]
    #[arg(long, global = true, value_name = "NAME", help_heading = "Server")]
    pub(crate) profile: Option<String>,
}

/// A server and how to be known to it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// Address without a trailing slash.
    pub(crate) url: String,
    /// Bearer token.
    pub(crate) token: Option<String>,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target")
            .field("url", &self.url)
            .field("token", &self.token.as_ref().map(|_| "***"))
            .finish()
    }
}

/// `profiles.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Profiles {
    /// The profile that is used when none is named.
    default: Option<String>,
    /// Profiles by name.
    #[serde(default)]
    profiles: BTreeMap<String, Profile>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Profile {
    url: String,
    token: Option<String>,
}

impl ClientOptions {
    /// Whether the server was named on this command line.
    pub(crate) fn is_typed(&self) -> bool {
        self.url.is_some() || self.profile.is_some()
    }

    /// Whether somebody said which server to talk to, other than by a default profile.
    pub(crate) fn names_server(&self, environment: &Environment) -> bool {
        self.is_typed()
            || environment.get("ORLOJ_URL").is_some()
            || environment.get("ORLOJ_PROFILE").is_some()
    }

    /// The server to talk to: flags, then environment, then profile, then this machine.
    ///
    /// A profile's token goes to the profile's server and to no other.
    pub(crate) fn target(&self, environment: &Environment) -> Result<Target> {
        let given = |flag: &Option<String>, variable: &str| {
            flag.clone()
                .or_else(|| environment.get(variable).map(str::to_owned))
        };
        let url = given(&self.url, "ORLOJ_URL");
        let token = given(&self.token, "ORLOJ_TOKEN");
        let profile = match given(&self.profile, "ORLOJ_PROFILE") {
            Some(name) => Some(named_profile(&name, environment)?),
            None if url.is_none() => default_profile(environment)?,
            None => None,
        };
        let profile_token = profile
            .as_ref()
            .filter(|profile| {
                url.as_ref()
                    .is_none_or(|url| trim(url) == trim(&profile.url))
            })
            .and_then(|profile| profile.token.clone());
        let url = url
            .or_else(|| profile.map(|profile| profile.url))
            .unwrap_or_else(|| DEFAULT_URL.to_owned());
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(Failure::usage(format!(
                "{url:?} is no address of a server; it begins with http:// or https://"
            ))
            .into());
        }
        Ok(Target {
            url: trim(&url).to_owned(),
            token: token.or(profile_token),
        })
    }
}

impl Target {
    /// The token, or an error that says how to get one.
    pub(crate) fn require_token(&self) -> Result<()> {
        if self.token.is_some() {
            return Ok(());
        }
        Err(Failure::new(
            Code::Refused,
            "no token: set ORLOJ_TOKEN, or name a profile. On the server's machine `orloj token create --user NAME` makes one",
        )
        .into())
    }
}

fn trim(url: &str) -> &str {
    url.trim_end_matches('/')
}

fn named_profile(name: &str, environment: &Environment) -> Result<Profile> {
    let (path, profiles) = profiles(environment)?;
    profiles.profiles.get(name).cloned().ok_or_else(|| {
        Failure::usage(format!(
            "there is no profile {name:?} in {}",
            path.display()
        ))
        .into()
    })
}

fn default_profile(environment: &Environment) -> Result<Option<Profile>> {
    let (path, profiles) = profiles(environment)?;
    match &profiles.default {
        None => Ok(None),
        Some(name) => match profiles.profiles.get(name) {
            Some(profile) => Ok(Some(profile.clone())),
            None => Err(Failure::usage(format!(
                "{}: the default profile {name:?} is not there",
                path.display()
            ))
            .into()),
        },
    }
}

fn profiles(environment: &Environment) -> Result<(PathBuf, Profiles)> {
    let folder = environment
        .get("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(environment.get("HOME")?).join(".config")))
        .unwrap_or_default();
    let path = folder.join("orloj/profiles.toml");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok((path, Profiles::default()));
        }
        Err(error) => {
            return Err(error)
                .with_context(|| Failure::usage(format!("cannot read {}", path.display())));
        }
    };
    let profiles = toml::from_str(&text)
        .map_err(|error| Failure::usage(format!("{} is not valid: {error}", path.display())))?;
    Ok((path, profiles))
}
