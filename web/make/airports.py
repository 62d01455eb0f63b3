"""Write airports.json: Europe's airports with an IATA code. Needs the package airportsdata (MIT).

A row is [iata, icao, name, lat*10000, lon*10000, tier]; tier 0 a hub, 1 a large airport, 2 another.
"""

import json
from pathlib import Path

import airportsdata

HUBS = """
AMS ARN ATH BCN BER BRU BUD CDG CPH DUB DUS FCO FRA GVA HEL IST KBP LGW LHR LIS MAD MAN MUC MXP ORY OSL OTP
PMI PRG SAW SOF SVO TLL RIX VIE VNO WAW ZAG ZRH BEG KEF LED DME TLV CAI ESB AYT STN LUX MLA
"""
LARGE = """
ABZ ACE AGP ALC BGO BGY BHX BIO BLL BLQ BRE BRS BSL BTS CAG CGN CIA CLJ CRL CTA DBV DRS EDI EIN EMA ENA FAO
FNC FUE GDN GLA GOA GOT GRZ HAJ HAM HER HHN IAS IBZ INN KIV KRK KTW KUN LBA LCA LCY LEJ LIN LJU LPA LPL LTN
LYS MAH MLH MRS MSQ NAP NCE NCL NTE NUE ODS OLB OPO ORK OST LGG ANR POZ PFO PMO PSA RHO RTM RZE SCQ SEN SJJ
SKG SKP SNN SPU STR SVG SVQ SXB SZG TFN TFS TGD TIA TIV TKU TLS TMP TRD TRN TSF TSR TRS VCE VLC VRN WMI WRO
XRY ZTH LWO HRK EVN TBS ALG TUN BEY AMM RMO SOU BFS BHD NWI EXT JER GCI FKB FMM FMO DTM PAD ERF LBC BOD LIL
BVA NYO MMX LUZ SZZ BZG IEG OSR BRQ KSC BOJ VAR
"""
# The package gives these in degrees, minutes and seconds written as if they were decimals:
# EBBR 50.5405 is 50° 54' 05". Checked against another table for every airport of the file.
IN_SECONDS = {"EBBR", "EBAW", "EBCI", "EBLG", "EBOS", "EBKT", "ELLX"}
BOX = (-25.0, 33.0, 45.0, 72.0)  # west, south, east, north


def decimal(packed: float) -> float:
    """50.5405, which means 50° 54' 05", to 50.9014; north and east only."""
    degrees, rest = divmod(round(packed * 10_000), 10_000)
    minutes, seconds = divmod(rest, 100)
    return degrees + minutes / 60 + seconds / 3600


def main() -> None:
    """Read the package's table and write the file beside this script."""
    hubs, large = set(HUBS.split()), set(LARGE.split())
    west, south, east, north = BOX
    rows = []
    for airport in airportsdata.load("IATA").values():
        lat, lon = airport["lat"], airport["lon"]
        if airport["icao"] in IN_SECONDS:
            lat, lon = decimal(lat), decimal(lon)
        if not (west <= lon <= east and south <= lat <= north):
            continue
        iata = airport["iata"]
        tier = 0 if iata in hubs else 1 if iata in large else 2
        rows.append([iata, airport["icao"], airport["name"], round(lat * 10_000), round(lon * 10_000), tier])
    rows.sort(key=lambda row: (row[5], row[0]))
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    Path(__file__).with_name("airports.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
