# ruff: noqa: E501 — texts stand as a wire desk would write them, a paragraph a line.
"""Pairs of texts that are close and not copies, written by hand for these tests: every fact in them is invented."""

from __future__ import annotations

TRAPS = (
    ("another_agency_quotes_the_same_speech", "en", """TOKYO (Alpha) — Prime Minister Kenta Morishige bowed before a gray stone in Nagahama on Tuesday and said Japan must never forget the miners who died there.

"They came from Korea, from China and from the next valley, and the mountain did not ask where they were born," Morishige said. "We wrote down the tons of coal. We did not write down the names. That was our failure, and I apologize for it."

About 180 relatives listened in the rain. The collapse in 1943 killed 136 miners, 71 of them Koreans.

"I cannot give back a single hour," he said. "But I can open the archive, and from July 1 it will be open."

South Korea's Foreign Ministry called the remarks "a meaningful step." Morishige is to meet President Yoo Seon-a in Busan on May 20.""", """NAGAHAMA, Japan — Japan's premier on Tuesday became the first to visit the site of a wartime mine disaster and promised families of the dead that company records would be opened.

"They came from Korea, from China and from the next valley, and the mountain did not ask where they were born," Kenta Morishige told relatives standing under umbrellas. "We wrote down the tons of coal. We did not write down the names. That was our failure, and I apologize for it."

Historian Ai Tsurumi of Setouchi University said the records fill 40 boxes and had been requested in vain since 1972.

"I cannot give back a single hour," Morishige added. "But I can open the archive, and from July 1 it will be open."

Of the 136 dead, 71 were Koreans. Nationalist groups drove trucks with loudspeakers past the ceremony; police kept them at a distance of 300 meters.

Cho Man-seok, 84, whose father died in the shaft, said he would believe it when he held the page in his hand."""),
    ("the_next_order_of_one_yard", "en", """SEOUL (Alpha) — Shipbuilder Namhae Marine won an order for four gas carriers worth $1.02 billion from a Norwegian owner on Tuesday, the company said.

The ships, each of 174,000 cubic meters, are to be delivered from March 2029. Shares of Namhae rose 3.1%.

The order brings the yard's total this year to 27 ships worth $5.8 billion, about 46% of its goal of $12.6 billion.""", """SEOUL (Alpha) — Shipbuilder Namhae Marine won an order for two container ships worth $388 million from a Greek owner on Thursday, the company said.

The ships, each of 15,900 containers, are to be delivered from August 2028. Shares of Namhae rose 1.4%.

The order brings the yard's total this year to 29 ships worth $6.2 billion, about 49% of its goal of $12.6 billion."""),
    ("a_related_story_with_the_same_background", "ko", """(서울=한결통신) 모은채 기자 = 국토교통부는 12일 남해선 복선전철 3공구의 궤도 공사를 마치고 시운전에 들어간다고 밝혔다.

총연장 47.2㎞ 구간에 1조9천억원이 투입됐으며 오는 10월 개통하면 부산에서 순천까지 이동 시간이 2시간 10분에서 1시간 25분으로 줄어든다.

이 사업은 2016년 착공했으나 문화재 발굴과 예산 부족으로 두 차례 미뤄졌다.

국토부는 열차 6편성을 투입해 8월까지 시험 운행을 벌인다.""", """(순천=한결통신) 라준오 기자 = 순천시는 남해선 복선전철 개통에 맞춰 역 앞 광장을 새로 단장한다고 12일 밝혔다.

시는 85억원을 들여 버스 승강장 12개와 주차장 430면을 짓는다.

총연장 47.2㎞ 구간에 1조9천억원이 투입됐으며 오는 10월 개통하면 부산에서 순천까지 이동 시간이 2시간 10분에서 1시간 25분으로 줄어든다.

이 사업은 2016년 착공했으나 문화재 발굴과 예산 부족으로 두 차례 미뤄졌다.

상인회는 "손님이 부산으로 빠져나갈까 걱정"이라고 말했다."""),
    ("two_fires_in_one_form", "ko", """서울 종로구의 한 창고에서 15일 새벽 불이 나 2시간 만에 꺼졌다. 인명 피해는 없었다. 소방 당국은 장비 23대와 인력 71명을 투입했다. 경찰과 소방은 정확한 화재 원인을 조사하고 있다.""", """경기 화성시의 한 공장에서 15일 오후 불이 나 3시간 만에 꺼졌다. 인명 피해는 없었다. 소방 당국은 장비 31대와 인력 84명을 투입했다. 경찰과 소방은 정확한 화재 원인을 조사하고 있다."""),
    ("two_fires_in_one_form_in_japanese", "ja", """１５日午前６時４０分ごろ、札幌市北区の住宅から出火し、木造２階建て約１２０平方メートルが全焼した。焼け跡から１人の遺体が見つかり、警察はこの家に住む男性とみて身元の確認を進めている。""", """１５日午後９時１０分ごろ、仙台市泉区の住宅から出火し、木造２階建て約９５平方メートルが全焼した。焼け跡から１人の遺体が見つかり、警察はこの家に住む女性とみて身元の確認を進めている。"""),
    ("two_reports_of_one_form_whose_figures_coincide", "en", """The regional office expects a day of changing skies over Karunami, with winds that turn after noon.

The morning in Karunami will be near 21 degrees, with winds of 34 kilometers per hour.

In the afternoon the high is put at 34 degrees, with a chance of rain of 48 percent.

Waves of 52 centimeters are expected. Residents are advised to read the bulletins before travel.""", """The regional office expects a day of changing skies over Besotila, with winds that turn after noon.

The morning in Besotila will be near 21 degrees, with winds of 48 kilometers per hour.

In the afternoon the high is put at 34 degrees, with a chance of rain of 48 percent.

Waves of 52 centimeters are expected. Residents are advised to read the bulletins before travel."""),
)  # fmt: skip
