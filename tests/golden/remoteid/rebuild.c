/* What the reference decoder of opendroneid-core-c reads out of messages given in hexadecimal. */
#include <stdio.h>
#include <string.h>

#include "opendroneid.h"

static void print_basic_id(ODID_BasicID_encoded *message) {
    ODID_BasicID_data d;
    if (decodeBasicIDMessage(&d, message) == ODID_SUCCESS)
        printf("\"id_type\":%d,\"ua_type\":%d,\"ua_id\":\"%s\"\n", d.IDType, d.UAType, d.UASID);
}

static void print_location(ODID_Location_encoded *message) {
    ODID_Location_data d;
    if (decodeLocationMessage(&d, message) != ODID_SUCCESS) return;
    printf("\"status\":%d,\"direction\":%g,\"speed_horizontal\":%g,\"speed_vertical\":%g,", d.Status,
           d.Direction, d.SpeedHorizontal, d.SpeedVertical);
    printf("\"latitude\":%.10g,\"longitude\":%.10g,\"altitude_baro\":%g,\"altitude_geo\":%g,", d.Latitude,
           d.Longitude, d.AltitudeBaro, d.AltitudeGeo);
    printf("\"height_type\":%d,\"height\":%g,\"horiz_accuracy\":%d,\"vert_accuracy\":%d,", d.HeightType,
           d.Height, d.HorizAccuracy, d.VertAccuracy);
    printf("\"baro_accuracy\":%d,\"speed_accuracy\":%d,\"ts_accuracy\":%d,\"timestamp\":%g\n",
           d.BaroAccuracy, d.SpeedAccuracy, d.TSAccuracy, d.TimeStamp);
}

static void print_system(ODID_System_encoded *message) {
    ODID_System_data d;
    if (decodeSystemMessage(&d, message) != ODID_SUCCESS) return;
    printf("\"operator_location_type\":%d,\"classification_type\":%d,", d.OperatorLocationType,
           d.ClassificationType);
    printf("\"operator_latitude\":%.10g,\"operator_longitude\":%.10g,", d.OperatorLatitude,
           d.OperatorLongitude);
    printf("\"area_count\":%d,\"area_radius\":%d,\"area_ceiling\":%g,\"area_floor\":%g,", d.AreaCount,
           d.AreaRadius, d.AreaCeiling, d.AreaFloor);
    printf("\"category_eu\":%d,\"class_eu\":%d,\"operator_altitude_geo\":%g,\"timestamp\":%u\n",
           d.CategoryEU, d.ClassEU, d.OperatorAltitudeGeo, d.Timestamp);
}

static void print_operator_id(ODID_OperatorID_encoded *message) {
    ODID_OperatorID_data d;
    if (decodeOperatorIDMessage(&d, message) == ODID_SUCCESS)
        printf("\"operator_id_type\":%d,\"operator_id\":\"%s\"\n", d.OperatorIdType, d.OperatorId);
}

static void print_message(ODID_Message_encoded *message) {
    switch (decodeMessageType(message->rawData[0])) {
    case ODID_MESSAGETYPE_BASIC_ID: print_basic_id(&message->basicId); break;
    case ODID_MESSAGETYPE_LOCATION: print_location(&message->location); break;
    case ODID_MESSAGETYPE_SYSTEM: print_system(&message->system); break;
    case ODID_MESSAGETYPE_OPERATOR_ID: print_operator_id(&message->operatorId); break;
    default: printf("not read\n");
    }
}

int main(void) {
    char line[600];
    while (fgets(line, sizeof line, stdin)) {
        unsigned char bytes[256] = {0};
        size_t count = 0;
        unsigned value;
        while (count < sizeof bytes && sscanf(line + 2 * count, "%2x", &value) == 1) bytes[count++] = value;
        size_t first = bytes[0] >> 4 == 15 ? 3 : 0;
        for (size_t at = first; at + ODID_MESSAGE_SIZE <= count; at += ODID_MESSAGE_SIZE) {
            ODID_Message_encoded message;
            memcpy(message.rawData, bytes + at, ODID_MESSAGE_SIZE);
            print_message(&message);
        }
    }
    return 0;
}
