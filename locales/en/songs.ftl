## What is on air, and announcements

by = by { $artists }
untitled = Untitled
live-event = Live event
live = Live
live-now = Live now
album = Album
from = From
sung-as = Sung as
requested-by = Requested by
hosted-by = hosted by { $host }
before-this = Before this
listeners-count =
    { $count ->
        [one] { $count } listener
       *[other] { $count } listeners
    }
queue-title = Queue
queue-songs =
    { $count ->
        [one] **{ $count }** song waits
       *[other] **{ $count }** songs wait
    }
queue-own =
    { $count ->
        [one] **{ $count }** of them is from the account that I listen with
       *[other] **{ $count }** of them are from the account that I listen with
    }
queue-before =
    { $count ->
        [one] **{ $count }** song is before those
       *[other] **{ $count }** songs are before those
    }
queue-unknown = LISTEN.moe does not tell how many songs wait.
as-of = as of { $when }
started = Started { $when }
ends = ends { $when }
ended = ended { $when }
nothing-newer = The station has sent nothing newer since { $when }
station-unknown = I have not heard from the { $station } station yet. Please try again in a moment.
live-until = Live until { $when }

## Buttons

refresh = Refresh
song-page = Song page
cover = Cover
stop = Stop

## What played

what-played = What played
nothing-played = Nothing yet: I write down each song from now on.
newer = Newer
older = Older

## Parts of many texts

# What a list leaves out; at most 20 characters and the number.
more = +{ $count } more
list-separator = { ", " }
list-end = { $rest } and { $last }
minutes =
    { $count ->
        [one] { $count } minute
       *[other] { $count } minutes
    }
nobody = nobody
unknown = unknown
