//! What a bot needs to know to run in the sandbox, as environment variables.

use std::path::Path;

use crate::context::Context;

/// The variables, as `(NAME, value)`; `token` is the bot's, `ca` the certificate authority of the voice servers.
pub fn variables(context: &Context, token: &str, ca: &Path) -> Vec<(String, String)> {
    let (http, ws) = (context.http(), context.ws());
    [
        ("DISCORD_TOKEN", token.to_owned()),
        ("DISCORD_API_URL", format!("{http}/api")),
        (
            "LISTEN_MOE_JPOP_GATEWAY",
            format!("{ws}/listen.moe/gateway_v2"),
        ),
        (
            "LISTEN_MOE_KPOP_GATEWAY",
            format!("{ws}/listen.moe/kpop/gateway_v2"),
        ),
        ("LISTEN_MOE_JPOP_STREAM", format!("{http}/listen.moe/opus")),
        (
            "LISTEN_MOE_KPOP_STREAM",
            format!("{http}/listen.moe/kpop/opus"),
        ),
        ("LANYARD_SOCKET", format!("{ws}/lanyard/socket")),
        ("SSL_CERT_FILE", ca.display().to_string()),
        ("NODE_EXTRA_CA_CERTS", ca.display().to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}
