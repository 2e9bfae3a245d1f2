//! Lists that forms choose from: task functions, job types, execution statuses.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::settings::Delivery;

/// Something that can be run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaskFunction {
    /// Number.
    pub id: i64,
    /// Key.
    pub key: String,
    /// English name.
    pub name_en: String,
    /// Arabic name.
    pub name_ar: String,
    /// English description.
    pub description_en: String,
    /// Arabic description.
    pub description_ar: String,
    /// Shelf of the catalogue.
    pub category: String,
    /// Heading of the shelf in English.
    pub category_name_en: String,
    /// Heading of the shelf in Arabic.
    pub category_name_ar: String,
    /// Name of a Lucide icon.
    pub icon: String,
    /// JSON Schema (2020-12) of the parameters.
    #[schema(value_type = std::collections::BTreeMap<String, serde_json::Value>)]
    pub schema: Map<String, Value>,
    /// Parameters that are valid on an ordinary host.
    #[schema(value_type = std::collections::BTreeMap<String, serde_json::Value>)]
    pub example: Map<String, Value>,
    /// What a crash in the middle of a run means, unless the job says otherwise.
    pub default_delivery: Delivery,
    /// Time limit of one attempt unless the job says otherwise, in seconds.
    pub default_timeout_seconds: Option<u32>,
    /// Grant that somebody who is no administrator needs.
    pub grant: Option<String>,
    /// Whether the asker may use it.
    pub is_allowed: bool,
    /// Whether it can be used at all.
    pub is_active: bool,
}

/// A numbered word with its names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": 1, "name": "interval", "nameEn": "Interval", "nameAr": "فاصل زمني"}))]
pub struct NamedId {
    /// Number.
    pub id: i64,
    /// Word.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// Arabic name.
    pub name_ar: String,
}
