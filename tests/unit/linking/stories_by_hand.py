# ruff: noqa: E501 — texts stand as a wire desk would write them, a paragraph a line.
"""Wire stories, and what becomes of them, written by hand for these tests: every fact in them is invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pipeline.text.linking import Member
from pipeline.text.signature import sign

FIRST = datetime(2026, 3, 9, 4, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Written:
    """One text: which event and story it belongs to, what kind it is, how long after the first it came."""

    story: str
    kind: str
    language: str
    text: str
    hours: float = 0.0
    agency: str = ""

    def member(self, article_id: str, with_credit: bool = True) -> Member:
        published = FIRST + timedelta(hours=self.hours)
        agency = self.agency if with_credit else ""
        agencies = (agency,) if agency else ()
        return Member(article_id, self.language, published, "", sign(self.text, self.language), agency, agencies)


WRITTEN = (
    Written("tunnel", "origin", "en", """PUSAN POINT, South Korea (Halla Wire) — A drilling machine broke through the last wall of rock under the Sorim Strait on Monday, completing a 19-kilometer cable tunnel that will carry electricity between South Korea and the Japanese island of Mishima.

Engineer Noh Hae-rim pressed the stop button at 10:42 a.m., and about 260 workers cheered as cool air came through the opening.

"We have been digging toward each other in the dark for 1,100 days, and we missed by the width of a hand," said Toru Kajiwara, who led the Japanese team.

The project cost 870 billion won ($610 million), about a fifth more than planned, after salt water flooded a pumping room in 2024.

The cable is to go into service in November and can carry 700 megawatts, enough for the homes of Mishima and the port city of Ganam.

Fishing cooperatives had gone to court to stop the work, arguing that noise drove away squid. A judge in Ganam rejected the case last May.

Environmental group Blue Shelf said it would keep measuring the seabed near the shafts. "Electric fields do not stop at the wall of a pipe," spokeswoman Jun Mari said.

South Korea's Energy Minister Bae Do-hyun called the tunnel proof that the neighbors could build something together that neither could build alone.

Under the contract the two grid operators share the line equally for 35 years. Either side may cut the flow in an emergency, on 12 minutes' notice.""", 0, "Halla"),
    Written("tunnel", "cut", "en", """PUSAN POINT (Halla Wire) - A drilling machine broke through the last wall of rock under the Sorim Strait on Monday, completing a 19-kilometer cable tunnel that will carry electricity between South Korea and the Japanese island of Mishima.

Engineer Noh Hae-rim pressed the stop button at 10:42 a.m., and about 260 workers cheered as cool air came through the opening.

"We have been digging toward each other in the dark for 1,100 days, and we missed by the width of a hand," said Toru Kajiwara, who led the Japanese team.""", 3, "Halla"),
    Written("tunnel", "rewritten", "en", """Power will flow beneath the Sorim Strait from November after crews finished a 19-kilometer cable tunnel linking South Korea with Japan's Mishima island on Monday.

The line can carry 700 megawatts, enough for the homes of Mishima and the port city of Ganam. Under the contract the two grid operators share the line equally for 35 years.

Noh Hae-rim, an engineer, halted the drilling machine at 10:42 a.m. in front of about 260 cheering workers.

"We have been digging toward each other in the dark for 1,100 days, and we missed by the width of a hand," said Toru Kajiwara, who led the Japanese team.

At 870 billion won ($610 million), the bill was about a fifth above the plan; salt water had flooded a pumping room in 2024.

A judge in Ganam last May rejected a case by fishing cooperatives, which said noise drove away squid. Environmental group Blue Shelf said it would keep measuring the seabed near the shafts.

Energy Minister Bae Do-hyun said the neighbors had built something together that neither could build alone.""", 7),
    Written("tunnel", "spun", "en", """PUSAN POINT, South Korea (Halla Wire) — A boring apparatus smashed through the final barrier of stone beneath the Sorim Strait Monday, finishing a 19-kilometer cable passage which is going to bring power among South Korea and Mishima, the Japan island.

The engineer Noh Hae-rim pushed the halt switch at 10:42 a.m. and around 260 laborers shouted of joy while fresh air arrived by the hole.

“We were excavating one to the other in darkness during 1,100 days, and we failed for the size of a hand,” told Toru Kajiwara, that guided the team of Japan.

The scheme costed 870 billion won ($610 million), around one fifth over the forecast, since salted water inundated a chamber of pumps during 2024.

The cable must enter in use by November and is able to transport 700 megawatts, sufficient to houses in Mishima and in Ganam, a harbor town.

Cooperatives of fishers had sued for halting the works, claiming that the sound scared squids. One magistrate of Ganam refused the suit in May past.

The ecologist organization Blue Shelf told to continue the measures of the sea floor close to the wells. “The fields electrical don't halt in the pipe's wall,” told its voice Jun Mari.

Bae Do-hyun, Energy Minister of South Korea, named the passage a demonstration that neighbours may construct jointly what no one may construct lonely.

According to the deal both operators of grid divide the line in equal way over 35 years. Each part can stop the current in emergencies, with notice of 12 minutes.""", 16, "Halla"),
    Written("tunnel-other", "independent", "en", """GANAM, South Korea, March 9 (Beacon Press) - South Korea and Japan on Monday joined the two halves of an undersea power tunnel, a scheme that officials on both sides hope will cut the price of electricity on Mishima by a quarter.

The tunnel is 19 kilometres long and lies up to 140 metres below the Sorim Strait.

"We have been digging toward each other in the dark for 1,100 days," Toru Kajiwara, head of the Japanese crew, told guests in a tent on the shore.

Residents of Mishima now burn diesel shipped from Fukuoka twice a week. Innkeeper Saki Onodera, 58, said her monthly bill reached 94,000 yen in February.

Analysts at Harbor Economics doubt that the 870 billion won spent will be earned back before 2050. Wholesale prices in South Korea have dropped since the Wolha reactor restarted.

The opposition Reform Party has asked the board of audit to examine how the drilling contract was awarded to Daesan Heavy.""", 1, "Beacon"),
    Written("tunnel-next", "followup", "en", """GANAM, South Korea (Halla Wire) — Inspectors on Tuesday ordered a halt to work in the new cable tunnel under the Sorim Strait after hairline cracks were found in 14 lining rings near the Japanese shaft.

The safety agency said divers and two robots would need until Friday to look at every ring.

Kim Seo-yul, who heads the agency, said water was not coming in and nobody was in danger.

Shares of Daesan Heavy, which cast the rings, slid 8.3% in Seoul, their worst day since 2023.

The cable is to go into service in November and can carry 700 megawatts, enough for the homes of Mishima and the port city of Ganam.

Fishing cooperatives had gone to court to stop the work, arguing that noise drove away squid. A judge in Ganam rejected the case last May.""", 26, "Halla"),
    Written("squid-1", "template", "en", """GANAM, South Korea (Halla Wire) — Squid landings at the Ganam auction on Monday came to 41.6 tons, up 7% from the previous sale.

The average price was 9,480 won a kilogram, compared with 9,910 won a week earlier. The highest price, 12,300 won, was paid for a lot from the vessel Haeoreum 7.

Buyers from 23 companies took part. The next auction is set for Wednesday at 5:30 a.m.""", 2, "Halla"),
    Written("squid-2", "template", "en", """GANAM, South Korea (Halla Wire) — Squid landings at the Ganam auction on Wednesday came to 28.9 tons, down 31% from the previous sale.

The average price was 10,760 won a kilogram, compared with 9,480 won a week earlier. The highest price, 13,850 won, was paid for a lot from the vessel Morning Pearl.

Buyers from 19 companies took part. The next auction is set for Friday at 5:30 a.m.""", 50, "Halla"),
    Written("ferry", "origin", "ko", """(해림=한결통신) 도윤채 기자 = 해림과 일본 아오시마를 잇는 고속 여객선이 11년 만에 다시 바닷길을 연다.

해림항만공사는 9일 아오시마시와 협약을 맺고 오는 5월 14일부터 하루 두 차례 여객선을 운항한다고 밝혔다.

정원 386명인 '다온호'가 투입되며 편도 소요 시간은 2시간 40분이다. 요금은 성인 기준 7만8천원으로 정해졌다.

이 항로는 2015년 승객이 연간 3만 명 아래로 떨어지면서 끊겼다.

권다솔 항만공사 사장은 "배가 끊기면 소문도 끊기고, 소문이 끊기면 이웃이 멀어진다"며 "첫해 승객 9만 명을 태우겠다"고 말했다.

아오시마시의 나가토미 요시에 시장은 부두에 한국어 안내판 52개를 세우고 입국 심사대를 4곳에서 9곳으로 늘리겠다고 약속했다.

해림 상인들은 반기면서도 주차장이 모자란다고 걱정했다. 어시장에서 30년째 장사하는 마순임(67) 씨는 "손님이 와도 차 댈 데가 없으면 돌아간다"고 했다.

환경단체는 돌고래가 자주 나타나는 가람여 부근에서 속도를 15노트로 줄이라고 요구했다. 공사는 항로를 남쪽으로 3㎞ 옮기는 방안을 검토하고 있다.""", 1, "한결"),
    Written("ferry", "rewritten", "ko", """돌고래와 주차장. 11년 만에 되살아나는 해림~아오시마 뱃길 앞에 놓인 숙제다.

해림항만공사는 9일 아오시마시와 협약을 맺고 오는 5월 14일부터 하루 두 차례 여객선을 운항한다고 밝혔다. 386명이 타는 '다온호'가 2시간 40분 만에 두 도시를 잇는다. 어른 요금은 7만8천원이다.

환경단체는 돌고래가 자주 나타나는 가람여 부근에서 속도를 15노트로 줄이라고 요구했다. 이에 공사는 항로를 남쪽으로 3㎞ 옮길지 따져 보고 있다.

어시장에서 30년째 장사하는 마순임(67) 씨는 "손님이 와도 차 댈 데가 없으면 돌아간다"고 했다.

뱃길은 연간 승객이 3만 명을 밑돌던 2015년에 끊겼다. 권다솔 항만공사 사장은 "배가 끊기면 소문도 끊기고, 소문이 끊기면 이웃이 멀어진다"며 "첫해 승객 9만 명을 태우겠다"고 말했다.

나가토미 요시에 아오시마 시장은 한국어 안내판 52개를 부두에 세우고 입국 심사대를 9곳으로 늘린다.""", 9),
    Written("ferry", "spun", "ko", """(해림=한결통신) 해림과 일본의 아오시마를 연결하는 빠른 여객선이 11년이 지나서 또 바다의 길을 열게 된다.

해림항만공사는 9일에 아오시마시와 협정을 체결하였고 다가오는 5월 14일에 시작해서 매일 두 번 여객선을 다니게 한다고 발표를 했다.

386명이 정원인 '다온호'를 사용하고 한쪽으로 가는 데 2시간 40분이 든다. 값은 어른 한 명에 7만8천원으로 결정이 되었다.

이 뱃길은 2015년에 손님이 1년에 3만 명보다 적어져서 중단되었다.

항만공사의 권다솔 사장은 "배가 없어지면 소문도 없어지고, 소문이 없어지면 이웃은 멀리 간다"면서 "첫 번째 해에 손님 9만 명을 싣겠다"고 이야기를 했다.

아오시마시의 시장 나가토미 요시에는 선착장에 한국말 안내판 52개를 설치하고 입국을 심사하는 곳을 4곳에서 9곳으로 많게 한다고 다짐했다.

해림의 장사하는 사람들은 좋아하면서도 차를 세울 곳이 부족하다고 근심했다. 어시장에서 30년 동안 가게를 한 마순임(67) 씨는 "손님이 오더라도 주차할 데가 없다면 그냥 간다"고 말을 했다.

환경 단체는 돌고래가 많이 보이는 가람여 근처에서는 빠르기를 15노트로 낮추라고 주장했다. 공사는 뱃길을 남쪽 방향으로 3㎞ 이동하는 방법을 고민하는 중이다.""", 20, "한결"),
    Written("ferry-other", "independent", "ko", """[해림=새벽뉴스] 탁이현 기자 = 해림시가 일본 아오시마와 뱃길을 다시 열기로 하면서 지역 숙박업계가 손님맞이 준비에 들어갔다.

9일 해림시청에서 열린 협약식에는 양측 관계자 70여 명이 참석했다. 시는 관광객 증가로 연간 410억원의 경제 효과를 기대한다.

권다솔 항만공사 사장은 "첫해 승객 9만 명을 태우겠다"고 강조했다.

그러나 전문가들은 신중하다. 국립바다대 오세림 교수는 "저비용 항공사가 같은 구간을 5만원대에 파는 상황에서 배만으로 경쟁하기는 어렵다"고 지적했다.

시의회 야당 의원들은 보조금 26억원의 산출 근거를 공개하라고 요구하며 예산안 심사를 미뤘다.

호텔협회는 빈 객실 1천200실을 할인해 내놓기로 했다.""", 2, "새벽"),
    Written("ferry-next", "followup", "ko", """(해림=한결통신) 도윤채 기자 = 해림항만공사는 여객선 '다온호'의 엔진에서 결함이 발견돼 정밀 점검에 들어간다고 10일 밝혔다.

선급은 전날 시험 운항에서 3번 실린더의 온도가 기준보다 41도 높게 나왔다고 설명했다.

공사는 점검이 18일까지 이어질 것으로 보고 있으며 부품은 독일에서 들여온다.

예매를 마친 승객 2천340명에게는 문자로 상황을 알렸다.

이 항로는 2015년 승객이 연간 3만 명 아래로 떨어지면서 끊겼다.

아오시마시의 나가토미 요시에 시장은 부두에 한국어 안내판 52개를 세우고 입국 심사대를 4곳에서 9곳으로 늘리겠다고 약속했다.""", 28, "한결"),
    Written("archive", "origin", "ja", """【月島＝青空通信】第２次大戦末期に月島沖で沈んだ貨客船「白鳳丸」の乗客名簿が、韓国・麗海市の民家で見つかった。月島歴史館が９日発表した。名簿には日本人と朝鮮半島出身者あわせて４３１人の名前が記されている。

名簿は和紙８６枚をとじたもので、元乗組員の孫にあたる徐允浩さん（６２）が昨年１１月、祖父の遺品の木箱から見つけた。

白鳳丸は１９４５年７月１９日、機雷に触れて沈没した。これまで犠牲者の数は「およそ３００人」とされてきた。

歴史館の調査では、名簿の４３１人のうち少なくとも２７４人が麗海の炭鉱へ向かう途中だった。

香取夏実館長は「数だった人たちに、ようやく名前が戻った」と話した。

遺族会は船体の引き揚げを国に求めている。水深は７８メートルで、厚生労働省は「技術的に難しい」として認めていない。

歴史館は韓国の研究者５人とともに名簿を解読し、来年３月に日韓両国語の冊子を出す。原本は温度１８度の保管庫に置かれ、公開は６月２日からとなる。

徐さんは「祖父は死ぬまで海の話をしなかった。箱が代わりに話している」と語った。""", 0, "青空"),
    Written("archive", "spun", "ja", """【月島＝青空通信】第２次大戦の終わりごろ月島の沖に沈没した貨物と客の船「白鳳丸」に乗った人のリストが、韓国の麗海市の家で発見された。月島歴史館が９日に明らかにした。リストには日本の人と朝鮮半島から来た人を足して４３１人の氏名が書かれている。

リストは８６枚の和紙を束ねた物で、昔の船員の孫である徐允浩さん（６２）が去年の１１月に、祖父が残した木の箱の中から発見した。

白鳳丸は１９４５年７月１９日に機雷に当たって沈んだ。今まで死んだ人の数は「約３００人」と言われてきた。

歴史館が調べると、リストの４３１人の中で最低でも２７４人は麗海にある炭鉱に行く途中であった。

館長の香取夏実さんは「数字であった人々に、やっと氏名が帰った」と述べた。

遺族の会は船を引き揚げるよう国に要求している。深さは７８メートルあり、厚生労働省は「技術の面で困難」と言って許していない。

歴史館は５人の韓国の学者と一緒にリストを読み解き、来年の３月に日本語と韓国語の本を発行する。本物は１８度の温度の倉庫に保存し、６月２日から見せる。

徐さんは「祖父は亡くなるまで海について話さなかった。代わりに箱が話をしている」と言った。""", 15, "青空"),
    Written("archive", "rewritten", "ja", """６月２日、一冊の名簿が月島歴史館で公開される。和紙８６枚に残る４３１人の名は、海に沈んだ貨客船「白鳳丸」の乗客たちだ。

香取夏実館長は「数だった人たちに、ようやく名前が戻った」と話した。

見つけたのは元乗組員の孫、徐允浩さん（６２）。昨年１１月、韓国・麗海市の自宅で祖父の木箱を開けた。徐さんは「祖父は死ぬまで海の話をしなかった。箱が代わりに話している」と語った。

白鳳丸は１９４５年７月１９日、機雷に触れて沈没した。犠牲者は「およそ３００人」とされてきたが、歴史館の調査では少なくとも２７４人が麗海の炭鉱へ向かう途中だった。

歴史館は韓国の研究者５人とともに名簿を解読し、来年３月に日韓両国語の冊子を出す。

遺族会が求める船体の引き揚げは、水深７８メートルで「技術的に難しい」と厚生労働省が認めていない。""", 8),
    Written("archive-other", "independent", "ja", """【月島みなと新聞社】戦時中に沈没した白鳳丸の名簿発見を受け、月島町は９日、犠牲者を悼む碑を港に建てる方針を決めた。町議会に１８００万円の補正予算案を出す。

沈没から８０年余り。町では毎年７月に住民３０人ほどが花を海に流してきた。

香取夏実館長は「ようやく名前が戻った」と述べた。

一方、漁協は碑の予定地が荷さばき場に近いとして難色を示す。梶木保組合長（７１）は「場所をもう一度話し合いたい」と求めた。

韓国領事館の担当者も１２日に現地を訪れ、町長と面会する予定だ。碑文は日本語、韓国語、英語の３言語で刻まれる。""", 3, "みなと"),
    Written("archive-next", "followup", "ja", """【月島＝青空通信】月島歴史館は１０日、白鳳丸の名簿に載る５８人の遺族が新たに名乗り出たと明らかにした。電話は前日の夕方から鳴りやまず、職員９人が応対した。

最高齢は釜山の金貞順さん（９４）で、兄の名を６７ページに見つけた。

白鳳丸は１９４５年７月１９日、機雷に触れて沈没した。これまで犠牲者の数は「およそ３００人」とされてきた。

歴史館は相談窓口を２０日まで延ばし、通訳３人を置く。

遺族会は船体の引き揚げを国に求めている。水深は７８メートルで、厚生労働省は「技術的に難しい」として認めていない。""", 25, "青空"),
)  # fmt: skip
