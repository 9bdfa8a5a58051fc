## The message with the buttons

panel-playing = Playing **{ $station }** in { $channel }. Enjoy!
panel-already = I am already playing **{ $station }** in { $channel }.
panel-connecting = Connecting to { $channel } with **{ $station }**…
panel-volume = Volume { $volume }
stays-clock = stays around the clock
hushed-muted = A moderator has muted me. The sound is back as soon as I am unmuted.
hushed-audience = I have asked to speak: a moderator of the stage has to invite me.
hushed-speak = I may not speak here. Please give me the permission **{ permission-speak }**.
radio-off = The radio is off. `/{ command-radio } { command-radio-join }` starts it.
radio-back = `/{ command-radio } { command-radio-join }` brings me back.
radio-start = `/{ command-radio } { command-radio-join }` starts it.
ending-disconnected = A moderator disconnected me from { $channel }, so I stay away.
ending-alone = Nobody was in { $channel } for { $minutes }, so I left.
ending-gone = The voice channel is gone, so I am too.
ending-hopeless = I have given up on going back. { $why }

## What is in the way

obstacle-gone = I cannot see { $channel }. Please give me { $permissions } there.
obstacle-not-voice = { $channel } is not a voice channel.
obstacle-missing = I may not play in { $channel }. Please give me { $permissions } there.
obstacle-full = { $channel } is full. I need a free place there, or the permission **{ permission-move-members }**.
server-unknown = I am still getting to know this server. Please try again in a moment.
radio-silent = The radio is not playing in this server. `/{ command-radio } { command-radio-join }` starts it.
in-use = People are listening in { $channel }. Join them there to change the radio, or ask a moderator.
in-use-dj = People are listening in { $channel }. Join them there to change the radio, or ask a moderator or someone with { $role }.
join-me = Join me in { $channel } to change the radio, or ask a moderator.
join-me-dj = Join me in { $channel } to change the radio, or ask a moderator or someone with { $role }.

## Answers

join-where = Join a voice channel first, or name one: `/{ command-radio } { command-radio-join } { command-radio-join-channel }:`.
left = The radio is off. Goodbye!
left-already = The radio was off already.
volume-steps = The volume goes in steps of { $step }: try { $below } or { $above }.
volume-set = The volume is **{ $volume }** now.
stay-on = I stay in the voice channel around the clock now, and play as soon as somebody is there.
stay-off = I leave the voice channel { $minutes } after the last one has gone.
dj-everybody = That would be everybody. Please choose a role that only some have.
dj-set = Whoever has { $role } may control the radio from anywhere now.
dj-none = There is no DJ role now: people in the channel and moderators control the radio.

## How a server wants its radio

radio-settings = Radio settings
volume = Volume
stays = Stays
stays-always = around the clock
djs = DJs
voice-status = Song as voice status
stage-topic = Song as stage topic

## What the radio really does

radio-is-off = The radio is off
verdict-connecting = Connecting to { $channel }. Nothing is heard until then.
verdict-hushed = In { $channel }, and not heard. { $why }
verdict-quiet = In { $channel }. Nobody hears me there, so nothing is sent.
verdict-new = Playing in { $channel } since a moment ago.
verdict-repair = In { $channel }, and nothing is sent. The call is being repaired.
verdict-empty = In { $channel }. The station's stream gives nothing to play.
verdict-reconnecting = In { $channel }. The station's stream gives nothing to play; it is being reconnected.
verdict-gaps = Playing in { $channel }, with gaps.
verdict-well = Playing in { $channel }.
connected = Connected
listeners = Listeners
deafened = and { $count } deafened
sent = Sent
sent-rate = { $rate } packets a second
sent-packets = { $packets } in { $seconds } s
sent-silence = { $packets } in { $seconds } s, { $silence } of them silence
sent-nobody = nothing, for nobody listens
sent-early = too early to say
volume-soon = { $volume }, soon { $wanted }
cushion = Cushion
cushion-none = none
seconds = { $seconds } s
leaves-alone = alone, leaves { $when }
leaves-after = leaves after { $minutes } alone
stream = Stream
stream-connected = connected
stream-connecting = connecting
stream-lost = lost, being reconnected
stream-closed = closed, for nobody listens
stream-stopped = stopped
stream-as-opus = { $codec }, sent as Opus
stream-untouched = { $codec }, passed on untouched
stream-encoded = { $codec }, encoded anew for the volume
stream-address = address { $number } of { $total }
encryption = Encryption
encryption-transit = In transit: AES-256-GCM, or XChaCha20-Poly1305 where the voice server lacks it
encryption-stage = End to end (DAVE): not on stages, as Discord has it
encryption-dave = End to end (DAVE): offered, as Discord requires; I am not told whether it is on
last-trouble = Last trouble
trouble-none = none since I started
trouble-timeout = Discord did not let me into the channel in time
trouble-voice = the voice server could not be reached
trouble-obstacle = the channel could not be joined
trouble-join = the call could not be built
trouble-lost = the voice connection was lost
trouble-stuck = nothing was sent any more
trouble-deaf = the voice server did not answer any more
trouble-session = Discord replaced my session
trouble-outage = Discord had an outage
trouble-stream = the stream: { $what }
measured = Measured
