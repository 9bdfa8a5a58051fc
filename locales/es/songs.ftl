by = de { $artists }
untitled = Sin título
live-event = Evento en directo
live = En directo
live-now = Ahora en directo
album = Álbum
from = De
sung-as = Cantada como
requested-by = Pedida por
hosted-by = con { $host }
before-this = Antes
listeners-count =
    { $count ->
        [one] { $count } oyente
       *[other] { $count } oyentes
    }
queue-title = Cola
queue-songs =
    { $count ->
        [one] Espera **{ $count }** canción
       *[other] Esperan **{ $count }** canciones
    }
queue-own =
    { $count ->
        [one] **{ $count }** de ellas es de la cuenta con la que escucho
       *[other] **{ $count }** de ellas son de la cuenta con la que escucho
    }
queue-before =
    { $count ->
        [one] Antes va **{ $count }** canción
       *[other] Antes van **{ $count }** canciones
    }
queue-unknown = LISTEN.moe no dice cuántas canciones esperan.
as-of = según lo dicho { $when }
started = Empezó { $when }
ends = termina { $when }
ended = terminó { $when }
nothing-newer = Lo último que envió la emisora fue { $when }
station-unknown = Todavía no sé nada de la emisora { $station }. Inténtalo de nuevo en un momento.
live-until = En vivo hasta las { $when }

refresh = Actualizar
song-page = Página
cover = Portada
stop = Parar

what-played = Lo que ha sonado
nothing-played = Todavía nada: desde ahora apunto cada canción.
newer = Más nuevas
older = Más antiguas

more = y { $count } más
list-separator = { ", " }
list-end = { $rest } y { $last }
minutes =
    { $count ->
        [one] { $count } minuto
       *[other] { $count } minutos
    }
nobody = nadie
unknown = desconocido
