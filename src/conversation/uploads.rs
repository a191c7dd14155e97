//! Uploads of earlier messages that the server has deleted meanwhile.

use std::time::SystemTime;

use crate::app::App;
use crate::attach::{self, DeliveryOptions};
use crate::connection::Connection;
use crate::session::{Session, has_expired};
use crate::tr;
use qwen_api::Block;

/// Uploads what has expired again, where the file is still where it was and what it was. What is not is left out of the
/// conversation's requests, which a notice says. The caller stops it at a signal.
pub async fn renew(
    app: &App<'_>,
    connection: &Connection,
    session: &mut Session,
    means: DeliveryOptions,
) -> anyhow::Result<()> {
    // An account's chats are kept by the server, with what was attached.
    if connection.client.endpoint().protocol.has_account() {
        return Ok(());
    }
    let now = SystemTime::now();
    for (at, mut message) in session.expired_uploads(now) {
        for block in &mut message.blocks {
            let Block::Media(media) = block else { continue };
            let Some(upload) = media.upload.clone().filter(|_| has_expired(media, now)) else {
                continue;
            };
            match attach::unchanged_file(upload).await {
                Some(file) => {
                    app.notice(tr!("the upload of {} has expired: sending it again", media.name));
                    media.source = file;
                }
                None => app.notice(tr!(
                    "the upload of {} has expired; the model no longer has it until you attach it again",
                    media.name
                )),
            }
        }
        connection.deliver(app, &mut message, &session.model, means).await?;
        let mut notices = Vec::new();
        session.replace_uploads(at, message, now, &mut notices);
        app.notices(&notices);
    }
    Ok(())
}
