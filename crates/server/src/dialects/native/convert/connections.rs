//! Secrets and connections on their way in and out.

use orloj_engine::model;
use orloj_tasks::ConnectionKind as Kind;
use orloj_wire::connections::{Connection, ConnectionKind};
use orloj_wire::secrets::{Secret, ThingUse, UseKind, Uses};
use serde_json::json;

use super::draft::object;

/// A secret, without its value.
pub(crate) fn to_secret(secret: model::Secret) -> Secret {
    Secret {
        id: secret.id,
        owner_id: secret.owner_id,
        name: secret.name,
        description: secret.description,
        key_id: secret.key_id,
        shared_with: secret.sharing.users,
        shared_with_everybody: secret.sharing.everybody,
        created_at: secret.created_at,
        updated_at: secret.updated_at,
        uses: None,
    }
}

/// What refers to a thing.
pub(crate) fn to_uses(referrers: model::Referrers) -> Uses {
    Uses {
        hidden: referrers.hidden,
        items: referrers
            .seen
            .into_iter()
            .map(|one| ThingUse {
                kind: match one.kind {
                    model::ReferrerKind::Job => UseKind::Job,
                    model::ReferrerKind::Connection => UseKind::Connection,
                    model::ReferrerKind::Channel => UseKind::Channel,
                },
                id: one.id,
                name: one.name,
                name_ar: one.name_ar,
            })
            .collect(),
    }
}

/// A connection, with marks in the place of its sealed values.
pub(crate) fn to_connection(connection: model::Connection) -> Connection {
    let is_builtin = connection.is_builtin();
    let mut settings = object(connection.settings);
    for name in connection.sealed_fields {
        settings.insert(name, json!({ "$set": true }));
    }
    Connection {
        id: connection.id,
        owner_id: connection.owner_id,
        name: connection.name,
        description: connection.description,
        kind: connection.kind,
        settings,
        read_only: connection.is_read_only,
        allowed_tables: connection.allowed_tables,
        shared_with: connection.sharing.users,
        shared_with_everybody: connection.sharing.everybody,
        is_builtin,
        created_at: connection.created_at,
        updated_at: connection.updated_at,
        uses: None,
    }
}

/// A kind of connection.
pub(crate) fn to_kind(kind: &Kind) -> ConnectionKind {
    ConnectionKind {
        key: kind.key.to_owned(),
        name: kind.name.en.to_string(),
        name_ar: kind.name.ar.to_string(),
        description: kind.description.en.to_string(),
        description_ar: kind.description.ar.to_string(),
        icon: kind.icon.to_owned(),
        settings_schema: kind.schema.clone(),
        secret_fields: kind.secret_fields().map(str::to_owned).collect(),
        is_for_administrators: kind.is_for_administrators,
    }
}

/// The new sharing of a thing: what a change says of it, and the rest as it was.
pub(crate) fn sharing(
    before: model::Sharing,
    users: Option<Vec<i64>>,
    everybody: Option<bool>,
) -> Option<model::Sharing> {
    if users.is_none() && everybody.is_none() {
        return None;
    }
    Some(model::Sharing {
        users: users.unwrap_or(before.users),
        everybody: everybody.unwrap_or(before.everybody),
    })
}
