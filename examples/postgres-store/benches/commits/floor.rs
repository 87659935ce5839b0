//! The same rows without a store.

use tenancy::store::{Commit, KeyAction, Receipt};
use tokio_postgres::types::{Json, Type};
use tokio_postgres::{Client, Statement};
use uuid::Uuid;

/// A commit of one record, as it is sent.
pub(crate) struct Rows {
    organization: Uuid,
    principal: String,
    command: String,
    fingerprint: Vec<u8>,
    receipt: Receipt,
    version: i64,
    leaf: Vec<u8>,
    time: String,
    kind: String,
    envelope: Vec<u8>,
    body: String,
    parts: Vec<(i16, String, Vec<u8>, String)>,
    keys: Vec<(String, String, String)>,
}

impl Rows {
    pub(crate) fn of(commit: &Commit) -> Self {
        let record = &commit.writes[0].records[0];
        let mut envelope = record.entry();
        envelope.truncate(envelope.len() - record.body.len() - 4);
        let part = |(place, part): (usize, &tenancy::personal::Part)| {
            let place = i16::try_from(place).unwrap();
            (
                place,
                part.field.to_string(),
                part.salt.to_bytes().to_vec(),
                part.text.to_string(),
            )
        };
        let indexed = commit
            .keys
            .iter()
            .filter(|it| it.action == KeyAction::Index);
        Self {
            organization: record.organization.to_uuid(),
            principal: "user".into(),
            command: commit.command.id.to_string(),
            fingerprint: commit.fingerprint.to_bytes().to_vec(),
            receipt: Receipt::of(commit),
            version: i64::try_from(record.version.get()).unwrap(),
            leaf: record.leaf.to_bytes().to_vec(),
            time: record.time.to_string(),
            kind: record.kind.to_string(),
            envelope,
            body: record.body.to_string(),
            parts: record.personal.iter().enumerate().map(part).collect(),
            keys: indexed
                .map(|it| {
                    let space = it.key.space.as_str().to_owned();
                    (it.subject.to_string(), space, it.key.text.to_string())
                })
                .collect(),
        }
    }
}

/// A connection with what is sent on it.
pub(crate) struct Floor {
    client: Client,
    head: Statement,
    receipt: Statement,
    record: Statement,
    part: Statement,
    key: Statement,
    pending: Statement,
    whole: Statement,
}

impl Floor {
    pub(crate) async fn new(client: Client, schema: &str) -> Self {
        client
            .batch_execute(&format!("SET search_path = {schema}"))
            .await
            .unwrap();
        let record =
            "INSERT INTO records VALUES ($1, 0, $2, $3::text::timestamptz, $4, $5, $6, $7)";
        let prepare = |sql| client.prepare(sql);
        Self {
            head: prepare(
                "UPDATE heads SET version = $2, leaf = $3 WHERE organization = $1 AND log = 0",
            )
            .await
            .unwrap(),
            receipt: prepare("INSERT INTO receipts VALUES ($1, $2, $3, $4, $5)")
                .await
                .unwrap(),
            record: prepare(record).await.unwrap(),
            part: prepare("INSERT INTO personal VALUES ($1, 0, $2, $3, $4, $5, $6)")
                .await
                .unwrap(),
            key: prepare(
                "INSERT INTO index_keys VALUES ($1, $2, $3, $4, sha256(convert_to($4, 'UTF8')))",
            )
            .await
            .unwrap(),
            pending: prepare(
                "INSERT INTO pending (organization, log, first, last) VALUES ($1, 0, $2, $2)",
            )
            .await
            .unwrap(),
            whole: client
                .prepare_typed(
                    WHOLE,
                    &[
                        Type::UUID,
                        Type::TEXT,
                        Type::TEXT,
                        Type::BYTEA,
                        Type::JSONB,
                        Type::INT8,
                        Type::BYTEA,
                        Type::TEXT,
                        Type::TEXT,
                        Type::BYTEA,
                        Type::TEXT,
                        Type::INT2_ARRAY,
                        Type::TEXT_ARRAY,
                        Type::BYTEA_ARRAY,
                        Type::TEXT_ARRAY,
                        Type::TEXT_ARRAY,
                        Type::TEXT_ARRAY,
                        Type::TEXT_ARRAY,
                    ],
                )
                .await
                .unwrap(),
            client,
        }
    }

    /// Statement by statement.
    pub(crate) async fn run(&mut self, rows: &Rows) {
        let transaction = self.client.transaction().await.unwrap();
        let Rows {
            organization,
            version,
            leaf,
            ..
        } = rows;
        let receipt: [&(dyn tokio_postgres::types::ToSql + Sync); 5] = [
            organization,
            &rows.principal,
            &rows.command,
            &rows.fingerprint,
            &Json(&rows.receipt.spans),
        ];
        transaction.execute(&self.receipt, &receipt).await.unwrap();
        transaction
            .execute(&self.head, &[organization, version, leaf])
            .await
            .unwrap();
        transaction
            .execute(
                &self.record,
                &[
                    organization,
                    version,
                    &rows.time,
                    &rows.kind,
                    leaf,
                    &rows.envelope,
                    &rows.body,
                ],
            )
            .await
            .unwrap();
        for (place, field, salt, text) in &rows.parts {
            transaction
                .execute(
                    &self.part,
                    &[organization, version, place, field, salt, text],
                )
                .await
                .unwrap();
        }
        for (subject, space, key) in &rows.keys {
            transaction
                .execute(&self.key, &[organization, subject, space, key])
                .await
                .unwrap();
        }
        transaction
            .execute(&self.pending, &[organization, version])
            .await
            .unwrap();
        transaction.commit().await.unwrap();
    }

    /// All at once.
    pub(crate) async fn run_whole(&mut self, rows: &Rows) {
        let column = |place: usize| -> Vec<&str> {
            rows.keys
                .iter()
                .map(|it| [it.0.as_str(), &it.1, &it.2][place])
                .collect()
        };
        let places: Vec<i16> = rows.parts.iter().map(|it| it.0).collect();
        let fields: Vec<&str> = rows.parts.iter().map(|it| it.1.as_str()).collect();
        let salts: Vec<&[u8]> = rows.parts.iter().map(|it| it.2.as_slice()).collect();
        let texts: Vec<&str> = rows.parts.iter().map(|it| it.3.as_str()).collect();
        self.client
            .execute(
                &self.whole,
                &[
                    &rows.organization,
                    &rows.principal,
                    &rows.command,
                    &rows.fingerprint,
                    &Json(&rows.receipt.spans),
                    &rows.version,
                    &rows.leaf,
                    &rows.time,
                    &rows.kind,
                    &rows.envelope,
                    &rows.body,
                    &places,
                    &fields,
                    &salts,
                    &texts,
                    &column(0),
                    &column(1),
                    &column(2),
                ],
            )
            .await
            .unwrap();
    }
}

const WHOLE: &str = "
    WITH receipt AS (INSERT INTO receipts VALUES ($1, $2, $3, $4, $5)),
    head AS (UPDATE heads SET version = $6, leaf = $7 WHERE organization = $1 AND log = 0),
    record AS (INSERT INTO records VALUES ($1, 0, $6, $8::timestamptz, $9, $7, $10, $11)),
    part AS (INSERT INTO personal SELECT $1, 0, $6, * FROM unnest($12, $13, $14, $15)),
    key AS (
        INSERT INTO index_keys
        SELECT $1, subject, space, key, sha256(convert_to(key, 'UTF8'))
        FROM unnest($16, $17, $18) AS it (subject, space, key)
    )
    INSERT INTO pending (organization, log, first, last) VALUES ($1, 0, $6, $6)";
