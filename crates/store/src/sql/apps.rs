//! Apps.

use async_trait::async_trait;
use domain::{App, AppId};
use ports::{AppReader, AppWriter, Page, PageRequest, StoreResult};

use super::{Conditions, Db, Store, Unit};
use crate::{
    cursor,
    error::{conflict, expect_row, failed},
    rows::{AppRow, all, one, settings_text, to_json},
    text::{fold, prefix_pattern},
};

/// The columns of [`AppRow`]; the table is called `p`.
macro_rules! app_columns {
    () => {
        "p.id, p.issuer, p.label, p.status, p.settings, p.user_name_template, p.signing_key, p.document, p.created, \
         p.last_updated"
    };
}
pub(super) use app_columns;

const BY_ID: &str = concat!("SELECT ", app_columns!(), " FROM apps p WHERE p.id = $1");
const LIST: &str = concat!("SELECT ", app_columns!(), " FROM apps p");
const UNIQUE: &[(&str, &str)] = &[("label", "label")];

#[async_trait]
impl AppReader for Store {
    async fn app(&self, id: &AppId) -> StoreResult<Option<App>> {
        let mut reader = self.reader().await?;
        let row = sqlx::query_as::<_, AppRow>(BY_ID).bind(id.as_str()).fetch_optional(&mut *reader).await;
        one(row.map_err(failed)?)
    }

    async fn apps(&self, q: Option<&str>, page: &PageRequest) -> StoreResult<Page<App>> {
        let limit = cursor::limit(page);
        let mut query = Conditions::of(LIST);
        query.and("p.id > ").push_bind(cursor::after_id(page, AppId::parse)?);
        if let Some(q) = q {
            query.and("p.label_folded LIKE ").push_bind(prefix_pattern(q)).push(r" ESCAPE '\'");
        }
        let mut query = query.ordered(" ORDER BY p.id", limit);
        let mut reader = self.reader().await?;
        let rows = query.build_query_as::<AppRow>().fetch_all(&mut *reader).await.map_err(failed)?;
        Ok(cursor::page(all(rows)?, limit, |app: &App| app.id.to_string()))
    }
}

fn bind_app(
    sql: &'static str,
    app: &App,
) -> StoreResult<sqlx::query::Query<'static, Db, <Db as sqlx::Database>::Arguments>> {
    Ok(sqlx::query(sql)
        .bind(app.id.to_string())
        .bind(app.issuer.clone())
        .bind(app.label.clone())
        .bind(fold(&app.label))
        .bind(app.status.as_str())
        .bind(settings_text(&app.settings)?)
        .bind(app.user_name_template.clone())
        .bind(app.signing_key.to_string())
        .bind(to_json(&app.document)?)
        .bind(app.created.millis())
        .bind(app.last_updated.millis()))
}

#[async_trait]
impl AppWriter for Unit {
    async fn insert_app(&mut self, app: &App) -> StoreResult<()> {
        let statement = bind_app(
            "INSERT INTO apps (id, issuer, label, label_folded, status, settings, user_name_template, signing_key, \
             document, created, last_updated) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            app,
        )?;
        statement.execute(self.entitlement_changes()).await.map_err(conflict("app", UNIQUE))?;
        Ok(())
    }

    async fn update_app(&mut self, app: &App) -> StoreResult<()> {
        let statement = bind_app(
            "UPDATE apps SET issuer = $2, label = $3, label_folded = $4, status = $5, settings = $6, \
             user_name_template = $7, signing_key = $8, document = $9, created = $10, last_updated = $11 WHERE id = $1",
            app,
        )?;
        let done = statement.execute(self.entitlement_changes()).await.map_err(conflict("app", UNIQUE))?;
        expect_row(done.rows_affected(), "app", &app.id)
    }

    async fn delete_app(&mut self, id: &AppId) -> StoreResult<()> {
        let done = sqlx::query("DELETE FROM apps WHERE id = $1")
            .bind(id.as_str())
            .execute(self.entitlement_changes())
            .await
            .map_err(failed)?;
        expect_row(done.rows_affected(), "app", id)
    }
}
