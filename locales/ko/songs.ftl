by = 노래: { $artists }
untitled = 제목 없음
live-event = 라이브 이벤트
live = 라이브
live-now = 지금 라이브 중
album = 앨범
from = 작품
sung-as = 노래한 캐릭터
requested-by = 신청
hosted-by = 진행: { $host }
before-this = 이전 곡
listeners-count = 청취자 { $count }명
started = { $when } 시작
ends = { $when } 종료
ended = { $when } 종료됨
nothing-newer = 방송국의 마지막 소식은 { $when }입니다
station-unknown = { $station }에서 아직 아무 소식도 오지 않았어요. 잠시 뒤에 다시 시도해 주세요.
live-until = { $when }까지 실시간

refresh = 새로 고침
song-page = 곡 페이지
cover = 커버
stop = 정지

what-played = 나온 곡
nothing-played = 아직 없어요. 지금부터 모든 곡을 적어 둘게요.
newer = 최근 곡
older = 이전 곡

more = 외 { $count }개
list-separator = { ", " }
list-end = { $rest }, { $last }
minutes = { $count }분
nobody = 없음
unknown = 알 수 없음
