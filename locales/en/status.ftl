## What somebody is doing

from-lanyard = From Lanyard
someone = Someone
something = Something
on-album = on { $album }
online = Online
idle = Idle
do-not-disturb = Do Not Disturb
offline = Offline
desktop = Desktop
mobile = Mobile
web = Web
console = Console
vr = VR
listening-spotify = Listening on Spotify
playing = Playing
streaming = Streaming
listening = Listening
watching = Watching
competing = Competing in
listening-to = Listening to { $name }
streaming-on = Streaming on { $name }
watching-on = Watching on { $name }
on-air = On air: { $title }
party = { $current } of { $most }
lanyard-stale = Lanyard cannot be reached; this was true { $when }
live-stops = Live · stops { $when }
keep-live = Keep live
open-spotify = Open in Spotify

## Who cannot be shown

not-on-lanyard = { $name } is not on Lanyard
not-on-lanyard-you = You are not on Lanyard yet
lanyard = Statuses come from [Lanyard]({ $address }), a free service that shows the live status of people who choose to share it.
lanyard-join = To join, they only need to become a member of [its Discord server]({ $address }): their status is public from then on, and no longer once they leave it.
lanyard-join-you = To join, you only need to become a member of [its Discord server]({ $address }): your status is public from then on, and no longer once you leave it.
this-member = This member
hidden = They have chosen not to be shown here.
hidden-you = You have hidden yourself from me: the key `uguisu` of your Lanyard is `off`. Delete it there, and your status is here again.
lanyard-silent = I am still waiting for Lanyard, where statuses come from. Please try again in a minute.
is-bot = { $name } is a bot, always at work.
only-your-own = Here I can show you only your own status: I answer about others in servers that both they and I are in.
not-a-member = { $name } is not a member of this server, and I answer only about those who are.

## Cards that are kept up to date

live-full-person = You keep { $count } cards live already; stop one of them first.
live-full-place = { $count } cards are live here already; more would be in the way of each other.
live-full = I keep as many cards live as I can at the moment. Please try again in some minutes.
member-gone = They have left this server, so I show their status here no more.
not-yours = Whoever asked for this card, the one whom it shows, or a moderator can stop it. It stops by itself after 15 minutes.
only-themselves = Here only they themselves can do that.
