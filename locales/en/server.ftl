## Announcements

announcements = Announcements
announcements-none = No channel gets songs yet. `/{ command-announce } { command-announce-set }` chooses one, and each new song is posted there.
announced-songs = **{ $station }** songs will be announced in { $channel }, beginning with the next one.
announced-events = **{ $station }** live events will be announced in { $channel }, beginning with the next one.
before = Before: { $was }
announce-off = No more songs will be posted in { $channel }.
announce-off-already = No songs were posted in { $channel } anyway.
announce-off-all = No more songs will be posted in this server.
announce-off-all-already = No songs were posted in this server anyway.
never-everyone = I never mention everyone. Choose a role that people take because they want to be told.
may-not-post = I may not post in { $channel }. Please give me { $permissions } there.
time-zone-unknown = I do not know that time zone. Pick one of those I offer while you type, like `Europe/Berlin`.
hours-unclear = I did not understand those hours. Write them like `22:00-07:00`, or `off`.
refused-access = I cannot see this channel. Please give me **{ permission-view-channel }** there.
refused-permissions = I may not post here. Please give me **{ permission-send-messages }** and **{ permission-embed-links }** in this channel.
refused = Discord refuses my messages here (code { $code })
held-back = Discord holds this channel back
unreachable = Discord could not be reached
webhook-forbidden = I post as myself. Please give me **{ permission-manage-webhooks }** in this channel.
webhook-full = I post as myself: this channel has all the webhooks it can have.
webhook-deleted = I post as myself: my webhook was deleted. `/{ command-announce } { command-announce-set }` makes another.
webhook-refused = I post as myself: Discord refuses a webhook here.
as-the-station = as the station, through a webhook
as-the-station-button = As the station
may-not-make-webhook = I may not make a webhook in { $channel }. Please give me { $permissions } there, or let me post as myself.
next-try = next try { $when }
told-of-events = { $role } is told of events
role-is-silent = Nobody is told yet: please let anyone @mention { $role }, in the settings of that role.
at-most-every = at most every { $minutes }
quiet = quiet { $hours }

## Settings of a server

settings = Settings of this server
radio = Radio
radio-line = Volume **{ $volume }** · stays **{ $stays }**
until-alone = until { $minutes } alone
djs-line = DJs: { $role }
managers = Who may change settings
managers-line = Whoever has **{ permission-manage-guild }**, and { $role }
managers-alone = Whoever has **{ permission-manage-guild }**
nobody-manages = Nobody else may change settings
quiet-hours = Quiet hours
no-quiet-hours = no quiet hours
remove-button = Remove
captions-line = Song as voice status **{ $voice }**, as stage topic **{ $stage }**
no-channel-yet = No channel yet. `/{ command-announce } { command-announce-set }` chooses one.
stay-button = Stay
voice-status-button = Voice status
stage-topic-button = Stage topic
romaji-button = Romaji titles
switch-button = { $name }: { $state }
nobody-is-dj = Nobody is a DJ
change-a-channel = Change how a channel gets its announcements
channel = Channel
no-pause = no pause between two messages
nobody-is-told = Nobody is told of live events
all-settings = All settings
titles-native = in native script
titles-romaji = in romaji
language-of-discord = As Discord has it: { $language }
changed = { $what }: { $now }, before: { $before }
changed-before = Changed. Before: { $style }
changed-stay = Staying around the clock
changed-voice-status = The song as voice status
changed-stage-topic = The song as stage topic
changed-titles = Titles
changed-language = Language
no-such-target = That channel gets no announcements any more. `/{ command-announce } { command-announce-set }`

## Help

help-title = What I do
help-what = I play **LISTEN.moe**'s J-pop and K-pop radio in voice channels, announce each new song where you want it, and show what people who use **Lanyard** are doing.
help-tap = Tap a command to run it.
help-in-servers = There is more in servers that I am in: { $commands }
group-listen = Listen
group-announcements = Announcements
group-settings = Settings
group-people = People
group-about = About me

## About

about-started = Started
about-servers = Servers
about-calls = Calls
about-announced = Songs announced
about-sources = Sources
shards =
    { $count ->
        [one] { $count } shard
       *[other] { $count } shards
    }
not-measured = not measured yet
source-jpop-stream = J-pop stream
source-kpop-stream = K-pop stream
last-heard = last heard { $age } ago
source-connecting = connecting
source-waiting = { $heard }, trying again
source-idle = nobody listens
source-stopped = stopped
seconds-short = { $count } s
minutes-short = { $count } min
hours-short = { $count } h
invite-title = Take me along
invite-server = To a **server**: the radio, announcements and all the rest.
invite-account = To **your account**: what is on air and what played, wherever you are.
add-to-server = Add to a server
add-to-account = Add to your account
