by = de { $artists }
untitled = Sem título
live-event = Evento ao vivo
live = Ao vivo
live-now = Agora ao vivo
album = Álbum
from = De
sung-as = Cantada como
requested-by = Pedida por
hosted-by = com { $host }
before-this = Antes
listeners-count =
    { $count ->
        [one] { $count } ouvinte
       *[other] { $count } ouvintes
    }
queue-title = Fila
queue-songs =
    { $count ->
        [one] **{ $count }** música na fila
       *[other] **{ $count }** músicas na fila
    }
queue-own =
    { $count ->
        [one] **{ $count }** delas é da conta com que eu ouço
       *[other] **{ $count }** delas são da conta com que eu ouço
    }
queue-before =
    { $count ->
        [one] **{ $count }** música vem antes dessas
       *[other] **{ $count }** músicas vêm antes dessas
    }
queue-unknown = A LISTEN.moe não informa quantas músicas estão na fila.
as-of = conforme informado { $when }
started = Começou { $when }
ends = termina { $when }
ended = terminou { $when }
nothing-newer = A última novidade da estação veio { $when }
station-unknown = Ainda não recebi nada da estação { $station }. Tente de novo daqui a pouco.
live-until = Ao vivo até { $when }

refresh = Atualizar
song-page = Página
cover = Capa
stop = Parar

what-played = O que tocou
nothing-played = Nada ainda: a partir de agora eu anoto cada música.
newer = Mais novas
older = Mais antigas

more = e mais { $count }
list-separator = { ", " }
list-end = { $rest } e { $last }
minutes =
    { $count ->
        [one] { $count } minuto
       *[other] { $count } minutos
    }
nobody = ninguém
unknown = desconhecido
