//! Which commands Discord has.

use serenity::all::ApplicationId;

use super::{Result, Store, to_sql};

impl Store {
    /// The fingerprint of the commands that an application registered last, if it did.
    pub async fn registration(&self, application: ApplicationId) -> Result<Option<String>> {
        let application = to_sql(application.get());
        let fingerprint = sqlx::query_scalar!(
            "SELECT fingerprint FROM registration WHERE application_id = ?",
            application
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(fingerprint)
    }

    /// The application has registered commands with this fingerprint.
    pub async fn set_registration(
        &self,
        application: ApplicationId,
        fingerprint: &str,
    ) -> Result<()> {
        let application = to_sql(application.get());
        sqlx::query!(
            "INSERT INTO registration (application_id, fingerprint) VALUES (?, ?)
             ON CONFLICT (application_id) DO UPDATE SET fingerprint = excluded.fingerprint",
            application,
            fingerprint
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
