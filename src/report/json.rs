//! The report for programs.

use std::time::Duration;

use serde_json::{Value, json};

use super::Report;
use crate::{write::Status, write::path_text};

/// The report as one JSON object. Times are in seconds.
pub fn to_json(report: &Report, elapsed: Duration) -> Value {
    let status: serde_json::Map<String, Value> = Status::ALL
        .iter()
        .map(|status| (status.name().to_owned(), report.count(*status).into()))
        .collect();
    let removed: Vec<Value> = report
        .ranking()
        .iter()
        .map(|(code, taken)| json!({"code": code.as_str(), "hits": taken.hits, "bytes": taken.bytes}))
        .collect();
    let remarks: Vec<Value> = report
        .remarks
        .iter()
        .map(|remark| json!({"path": remark.path, "status": remark.status.name(), "reason": remark.reason}))
        .collect();
    json!({
        "documents": report.documents(),
        "status": status,
        "bytes_in": report.bytes_in,
        "bytes_out": report.bytes_out,
        "removed": removed,
        "remarks": remarks,
        "remarked": report.remarked,
        "not_documents": report.not_documents,
        "special_files": report.special_files,
        "stale": report.stale.iter().map(|path| path_text(path)).collect::<Vec<_>>(),
        "seconds": elapsed.as_secs_f64(),
    })
}
