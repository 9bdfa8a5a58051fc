## What went wrong, and what to do about it

server-only = That works in a server only.
outdated-button = That button is from an older version of me. Please use the command.
outdated-command = That command has just changed. Please reload Discord and try again.
option-unclear = I did not understand one of the options.
permission-needed = You need the permission { $permissions } for that.
permission-or-role-needed = For that you need the permission { $permissions } or the role { $role }.
moment-please = One moment, please: again in { $seconds } s.
store-unreachable = I cannot reach my settings right now. Please try again in a moment.
discord-refused = Discord did not take my answer. Please try again.
reference = If it keeps happening, tell the bot's owner: reference `{ $reference }`
radio-timeout = Discord did not let me into that channel in time. Please check that I may connect there and that it is not full, then try again.
radio-voice = Discord's voice server does not answer. Please try again in a minute.
radio-obstacle = I cannot join that channel. Please check that I may connect there and that it is not full, then try again.
radio-discord = My connection to Discord is just being restored. Please try again in a moment.
radio-superseded = Someone asked for something else meanwhile.
radio-busy = One thing at a time, please. Try again in a few seconds.
radio-store = I could not save that, so a restart would forget it. Please try again in a moment.
radio-stopping = I am being restarted. Please try again in a minute.

## Permissions, as Discord's own settings call them

permission-view-channel = View Channel
permission-send-messages = Send Messages
permission-send-messages-in-threads = Send Messages in Threads
permission-embed-links = Embed Links
permission-read-message-history = Read Message History
permission-connect = Connect
permission-speak = Speak
permission-request-to-speak = Request to Speak
permission-move-members = Move Members
permission-manage-guild = Manage Server
permission-manage-webhooks = Manage Webhooks
