//! Webhooks: made with the bot's token, used with their own.
//!
//! <https://discord.com/developers/docs/resources/webhook>

use serde::Deserialize;
use serde_json::json;
use serenity::all::{
    ApplicationId, ChannelId, EditWebhookMessage, ExecuteWebhook, MessageId, WebhookId,
};

use super::{Created, Rest, RestError, Route, Turn, read, written};
use crate::store::Webhook;

/// A webhook as Discord describes it. Only those that take messages have a token.
#[derive(Deserialize)]
struct Described {
    id: WebhookId,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    application_id: Option<ApplicationId>,
}

impl Described {
    fn of(self, channel: ChannelId) -> Option<Webhook> {
        Some(Webhook {
            id: self.id,
            token: self.token?.into(),
            channel,
        })
    }
}

/// The application, of which only this is needed.
#[derive(Deserialize)]
struct Application {
    id: ApplicationId,
}

impl Rest {
    /// The webhook of this name that this application has made in a channel, if there is one.
    ///
    /// # Errors
    /// See [`RestError`], which says whether to retry.
    pub async fn webhook_named(
        &self,
        channel: ChannelId,
        name: &str,
    ) -> Result<Option<Webhook>, RestError> {
        let me = self.application().await?;
        let turn = self.turn().await;
        let route = Route::Webhooks(channel);
        let answer = self.send(turn, route, None, None).await?;
        let webhooks: Vec<Described> = read(&answer)?;
        Ok(webhooks
            .into_iter()
            .filter(|it| it.application_id == Some(me) && it.name.as_deref() == Some(name))
            .find_map(|it| it.of(channel)))
    }

    /// Makes a webhook.
    ///
    /// # Errors
    /// See [`RestError`], which says whether to retry.
    pub async fn create_webhook(
        &self,
        channel: ChannelId,
        name: &str,
    ) -> Result<Webhook, RestError> {
        let body = written(&json!({ "name": name }))?;
        let turn = self.turn().await;
        let route = Route::CreateWebhook(channel);
        let answer = self.send(turn, route, None, Some(body)).await?;
        let webhook: Described = read(&answer)?;
        let nothing = || RestError::Unavailable("a webhook without a token".to_owned());
        webhook.of(channel).ok_or_else(nothing)
    }

    /// Deletes a webhook.
    ///
    /// # Errors
    /// See [`RestError`], which says whether to retry.
    pub async fn delete_webhook(&self, webhook: &Webhook) -> Result<(), RestError> {
        let route = Route::DeleteWebhook(webhook.id);
        let turn = self.turn_in(route.lane()).await;
        self.send(turn, route, Some(&webhook.token), None).await?;
        Ok(())
    }

    /// Posts a message through a webhook, to its channel or a thread there, and gives its id. There
    /// is no nonce: whether a request without an answer was carried out has to be looked up.
    ///
    /// # Errors
    /// See [`RestError`], which says whether to retry.
    pub async fn execute(
        &self,
        turn: Turn,
        webhook: &Webhook,
        channel: ChannelId,
        message: &ExecuteWebhook,
    ) -> Result<MessageId, RestError> {
        let body = written(message)?;
        let route = Route::Execute(webhook.id, webhook.thread(channel));
        let token = Some(&webhook.token);
        let answer = self.send(turn, route, token, Some(body)).await?;
        let Created { id, .. } = read(&answer)?;
        Ok(id)
    }

    /// Changes a message that a webhook wrote.
    ///
    /// # Errors
    /// See [`RestError`], which says whether to retry.
    pub async fn edit_through(
        &self,
        turn: Turn,
        webhook: &Webhook,
        channel: ChannelId,
        message: MessageId,
        edit: &EditWebhookMessage,
    ) -> Result<(), RestError> {
        let body = written(edit)?;
        let route = Route::EditThrough(webhook.id, webhook.thread(channel), message);
        let token = Some(&webhook.token);
        self.send(turn, route, token, Some(body)).await?;
        Ok(())
    }

    /// Deletes a message that a webhook wrote.
    ///
    /// # Errors
    /// See [`RestError`], which says whether to retry.
    pub async fn delete_through(
        &self,
        turn: Turn,
        webhook: &Webhook,
        channel: ChannelId,
        message: MessageId,
    ) -> Result<(), RestError> {
        let route = Route::DeleteThrough(webhook.id, webhook.thread(channel), message);
        self.send(turn, route, Some(&webhook.token), None).await?;
        Ok(())
    }

    /// The newest messages of a channel, and the webhooks that wrote them. None at all also when
    /// the bot may not read the channel's history.
    ///
    /// # Errors
    /// See [`RestError`], which says whether to retry.
    pub async fn newest(
        &self,
        turn: Turn,
        channel: ChannelId,
    ) -> Result<Vec<(MessageId, Option<WebhookId>)>, RestError> {
        let answer = self.send(turn, Route::Newest(channel), None, None).await?;
        let messages: Vec<Created> = read(&answer)?;
        Ok(messages
            .into_iter()
            .map(|message| (message.id, message.webhook_id))
            .collect())
    }

    /// Which application this is: asked once.
    async fn application(&self) -> Result<ApplicationId, RestError> {
        let ask = || async {
            let turn = self.turn().await;
            let answer = self.send(turn, Route::Application, None, None).await?;
            let Application { id } = read(&answer)?;
            Ok(id)
        };
        self.0.application.get_or_try_init(ask).await.copied()
    }
}
