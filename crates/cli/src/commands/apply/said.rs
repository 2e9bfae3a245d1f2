//! A job as a file says it: what the API takes, but other jobs and calendars may be said by their names.
//!
//! The API's own type reads all but the two members that have names in files, so that there is one list of members and
//! every mistake is told with its line.

use std::fmt;

use orloj_wire::calendars::CalendarRule;
use orloj_wire::chains::{JoinMode, OnEnd};
use orloj_wire::job_edit::JobUpdate;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// One job of a file.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) job: JobUpdate,
    /// `after` and `calendars`, where the file says them; null clears them.
    pub(super) named: Vec<(&'static str, Value)>,
}

/// `after` in a file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct After {
    parents: Vec<Parent>,
    #[serde(default)]
    mode: JoinMode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    within_seconds: Option<u32>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Parent {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    job: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    job_id: Option<i64>,
    on: OnEnd,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alias: Option<String>,
}

/// An entry of `calendars` in a file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Use {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    calendar: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    calendar_id: Option<i64>,
    rule: CalendarRule,
}

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Job)
    }
}

struct Job;

impl<'de> Visitor<'de> for Job {
    type Value = Said;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a job")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Said, A::Error> {
        let mut named = Vec::new();
        let members = Members {
            map,
            named: &mut named,
        };
        let job = JobUpdate::deserialize(MapAccessDeserializer::new(members))?;
        Ok(Said { job, named })
    }
}

/// The members of a job without those that are read here.
struct Members<'a, A> {
    map: A,
    named: &'a mut Vec<(&'static str, Value)>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Members<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let mut seed = Some(seed);
        loop {
            let member = match self.map.next_key_seed(Key(&mut seed))? {
                None => return Ok(None),
                Some(Member::Theirs(key)) => return Ok(Some(key)),
                Some(Member::Ours(member)) => member,
            };
            if self.named.iter().any(|(name, _)| *name == member) {
                return Err(A::Error::duplicate_field(member));
            }
            let value = match member {
                "after" => json::<After, _>(self.map.next_value::<Option<After>>()?),
                _ => json::<Vec<Use>, _>(self.map.next_value::<Option<Vec<Use>>>()?),
            };
            self.named.push((member, value?));
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

fn json<T: Serialize, E: Error>(value: Option<T>) -> Result<Value, E> {
    serde_json::to_value(value).map_err(E::custom)
}

/// A name of a member: one of ours, or whatever the API's type makes of it.
enum Member<T> {
    Ours(&'static str),
    Theirs(T),
}

/// Lets the API's type read a name, unless it is one of ours. Names come one after the other, the seed once.
struct Key<'a, K>(&'a mut Option<K>);

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for Key<'_, K> {
    type Value = Member<K::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de, K: DeserializeSeed<'de>> Visitor<'de> for Key<'_, K> {
    type Value = Member<K::Value>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a member")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        if let Some(ours) = ["after", "calendars"]
            .into_iter()
            .find(|ours| *ours == name)
        {
            return Ok(Member::Ours(ours));
        }
        let seed = self
            .0
            .take()
            .ok_or_else(|| E::custom("a name was read twice"))?;
        let key: StrDeserializer<'_, E> = name.into_deserializer();
        seed.deserialize(key).map(Member::Theirs)
    }
}
