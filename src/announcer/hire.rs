//! Webhooks that post as the station: found or made when the first song needs one, and why not.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use serenity::all::ChannelId;
use time::OffsetDateTime;
use tracing::{debug, info, warn};

use super::{Announcer, plan, post::code};
use crate::{
    discord::RestError,
    station::Station,
    store::{NoWebhook, Target, Webhook, WhyNot},
};

/// As whom a webhook posts. Discord lets nobody be called after itself or "clyde".
/// <https://discord.com/developers/docs/resources/webhook#create-webhook>
pub(super) fn name(station: Station) -> String {
    format!("LISTEN.moe {}", station.title())
}

/// What makes the webhooks for one song.
#[derive(Default)]
pub(super) struct Hiring {
    /// Where it was tried: threads of one channel share its webhook, and one of them makes it.
    tried: Mutex<HashSet<ChannelId>>,
}

impl Hiring {
    /// The webhook that a target wants. Without one the bot posts as itself, and what can be done
    /// about it is noted.
    pub(super) async fn hire(&self, announcer: &Announcer, target: &Target) -> Option<Webhook> {
        let (channel, station) = (target.style.webhook?, target.station);
        if let Ok(Some(webhook)) = announcer.store.webhook(channel, station).await {
            return Some(webhook);
        }
        let is_first = {
            let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
            tried.insert(channel)
        };
        if !is_first {
            return None;
        }
        match find_or_create(announcer, channel, station).await {
            Ok(webhook) => {
                let noted = announcer
                    .store
                    .set_webhook(target.guild, station, &webhook)
                    .await;
                if let Err(error) = noted {
                    // It is found there the next time.
                    warn!(%channel, "its webhook could not be noted: {error}");
                    return None;
                }
                info!(%channel, %station, "announcing through a webhook");
                Some(webhook)
            }
            Err(RestError::Refused {
                code,
                status,
                message,
            }) => {
                info!(%channel, status, code, "no webhook: {message}");
                note(announcer, target, channel, why(code)).await;
                None
            }
            Err(error) => {
                debug!(%channel, "no webhook this time: {error}");
                None
            }
        }
    }
}

async fn find_or_create(
    announcer: &Announcer,
    channel: ChannelId,
    station: Station,
) -> Result<Webhook, RestError> {
    let (rest, name) = (&announcer.rest, name(station));
    // One whose token was lost: the settings are from a backup, or the bot was away.
    match rest.webhook_named(channel, &name).await? {
        Some(webhook) => Ok(webhook),
        None => rest.create_webhook(channel, &name).await,
    }
}

async fn note(announcer: &Announcer, target: &Target, channel: ChannelId, why: WhyNot) {
    let before = target.no_webhook.map_or(0, |no| no.refusals);
    let refusals = before.saturating_add(1);
    let no = NoWebhook {
        why,
        refusals,
        retry_at: Some(plan::retry_at(refusals, OffsetDateTime::now_utc())),
    };
    let store = &announcer.store;
    let noted = store.set_no_webhook(target.guild, channel, target.station, &no);
    if let Err(error) = noted.await {
        warn!(%channel, "why it has no webhook could not be noted: {error}");
    }
}

const fn why(code: u32) -> WhyNot {
    match code {
        code::MISSING_ACCESS | code::MISSING_PERMISSIONS => WhyNot::Forbidden,
        code::TOO_MANY_WEBHOOKS => WhyNot::Full,
        _ => WhyNot::Refused,
    }
}
