/* A meter that is not there, as libmodbus answers for it: Modbus TCP, RTU over TCP, or RTU on a pseudo-terminal.
 *
 * Usage: modbus_slave tcp|rtu-tcp|rtu [port]     the port on loopback, 0 for any
 * Its first line is JSON and says where it answers, and in which order each of libmodbus's four helpers writes a float.
 * "count 700" on standard input counts so many pulses; the line that follows says how many it has counted.
 * It ends by SIGTERM. What the registers hold stands in peers.py, which knows it from here.
 */
#define _GNU_SOURCE /* ppoll and pseudo-terminals */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <modbus.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#define UNITS 3            /* devices behind one endpoint, 1 to 3 */
#define REGISTERS 0x60     /* of each; what is above is refused by libmodbus itself */
#define READ_MAX 48        /* registers of one read; a longer one is refused */
#define HOLE_FROM 0x50     /* registers in the middle that are refused */
#define HOLE_TO 0x58

enum { SAID, CALLS, NEAR, BEHIND, FIRST, LAST = FIRST + 8 }; /* what is waited for: the last are connections */

static modbus_mapping_t *mapped[UNITS + 1];
static modbus_t *line;
static unsigned long counted;
static int ending, is_tcp;
static const char *const ORDERS[] = {"ABCD", "CDAB", "BADC", "DCBA"};

static void end(int signal_) { (void)signal_; ending = 1; }

static void fail(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, modbus_strerror(errno));
    exit(1);
}

/* Put a number's octets, the highest first, into registers: words or the bytes in each of them may be swapped. */
static void put(uint16_t *to, uint64_t octets, int words, const char *order)
{
    for (int i = 0; i < words; i++) {
        uint16_t word = (uint16_t)(octets >> (16 * (words - 1 - i)));
        if (order[0] == 'B' || order[0] == 'D')
            word = (uint16_t)(word << 8 | word >> 8);
        to[order[0] == 'C' || order[0] == 'D' ? words - 1 - i : i] = word;
    }
}

static uint64_t octets_of(float value)
{
    uint32_t octets;
    memcpy(&octets, &value, sizeof octets);
    return octets;
}

static void (*const HELPERS[])(float, uint16_t *) = {
    modbus_set_float_abcd, modbus_set_float_dcba, modbus_set_float_badc, modbus_set_float_cdab,
};

static const char *order_of(int helper)
{
    uint16_t made[2], ours[2];
    HELPERS[helper](1234.5f, made);
    for (int i = 0; i < 4; i++) {
        put(ours, octets_of(1234.5f), 2, ORDERS[i]);
        if (!memcmp(made, ours, sizeof made))
            return ORDERS[i];
    }
    return "none";
}

static void show_counters(uint16_t *to)
{
    put(to + 0x30, (uint16_t)(65000 + counted), 1, "ABCD");
    put(to + 0x31, (uint32_t)(4294967000u + counted), 2, "CDAB");
    put(to + 0x33, 9007199254740993u + counted, 4, "ABCD");
    put(to + 0x37, octets_of(0.25f * (float)counted), 2, "BADC");
}

static void show(uint16_t *to, int unit, float shift)
{
    double third = unit + 1.0 / 3;
    uint64_t octets;
    memcpy(&octets, &third, sizeof octets);
    for (int i = 0; i < 4; i++) {
        put(to + 2 * i, octets_of((float)(1000 * unit + i) + shift), 2, ORDERS[i]);
        HELPERS[i]((float)(2000 * unit + i) + shift, to + 0x20 + 2 * i);
    }
    put(to + 0x08, (uint64_t)(40000 + unit), 1, "ABCD");
    put(to + 0x09, (uint64_t)-unit, 1, "ABCD");
    put(to + 0x0A, 3000000000u + (uint64_t)unit, 2, "ABCD");
    put(to + 0x0C, (uint64_t)(-70000 - unit), 2, "ABCD");
    put(to + 0x0E, (1ull << 63) + (uint64_t)unit, 4, "ABCD");
    put(to + 0x12, (uint64_t)(-(1ll << 40) - unit), 4, "CDAB");
    put(to + 0x16, 3000000000u + (uint64_t)unit, 2, "BADC");
    put(to + 0x18, (1ull << 63) + (uint64_t)unit, 4, "DCBA");
    put(to + 0x1C, octets, 4, "CDAB");
    put(to + 0x4F, 6, 1, "ABCD");
    put(to + 0x58, 7, 1, "ABCD");
    show_counters(to);
}

static void answer(const uint8_t *query, int length)
{
    const uint8_t *pdu = query + modbus_get_header_length(line);
    int unit = pdu[-1], from = pdu[1] << 8 | pdu[2], to = from + (pdu[3] << 8 | pdu[4]), refusal = 0;
    if (unit < 1 || unit > UNITS) {
        if (is_tcp)
            modbus_reply_exception(line, query, MODBUS_EXCEPTION_GATEWAY_TARGET);
        return; /* on a bus nobody is there who could answer */
    }
    if (to - from > READ_MAX)
        refusal = MODBUS_EXCEPTION_ILLEGAL_DATA_VALUE;
    else if (from < HOLE_TO && HOLE_FROM < to)
        refusal = MODBUS_EXCEPTION_ILLEGAL_DATA_ADDRESS;
    if (refusal)
        modbus_reply_exception(line, query, (unsigned)refusal);
    else
        modbus_reply(line, query, length, mapped[unit]);
}

/* One question of a connection; 0 when it is over. libmodbus answers as one unit on a bus: as the one that is asked. */
static int serve(int connection)
{
    uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH], asked;
    if (!is_tcp && recv(connection, &asked, 1, MSG_PEEK) != 1)
        return 0;
    if (!is_tcp)
        modbus_set_slave(line, asked);
    modbus_set_socket(line, connection);
    int length = modbus_receive(line, query);
    if (length > 0)
        answer(query, length);
    return length != -1;
}

static void hear(void)
{
    char said[64];
    unsigned long pulses;
    if (!fgets(said, sizeof said, stdin)) {
        ending = 1; /* nobody is there any more who could count or end it */
        return;
    }
    if (sscanf(said, "count %lu", &pulses) == 1)
        counted += pulses;
    for (int unit = 1; unit <= UNITS; unit++)
        show_counters(mapped[unit]->tab_registers);
    printf("{\"counted\": %lu}\n", counted);
}

static int listens(int port, int *given)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t size = sizeof at;
    int one = 1, listening = socket(AF_INET, SOCK_STREAM, 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listening, (struct sockaddr *)&at, size) || listen(listening, LAST - FIRST)
        || getsockname(listening, (struct sockaddr *)&at, &size))
        fail("listening");
    *given = ntohs(at.sin_port);
    return listening;
}

/* The near end of a serial line; the far one stays open here, so that the line outlives who comes and goes on it. */
static int terminal(void)
{
    struct termios how;
    int near = posix_openpt(O_RDWR | O_NOCTTY);
    if (near < 0 || grantpt(near) || unlockpt(near))
        fail("pseudo-terminal");
    int far = open(ptsname(near), O_RDWR | O_NOCTTY);
    if (far < 0 || tcgetattr(far, &how))
        fail("pseudo-terminal");
    cfmakeraw(&how);
    tcsetattr(far, TCSANOW, &how);
    return near;
}

static void pass_on(int from, int to)
{
    char octets[512];
    ssize_t count = read(from, octets, sizeof octets);
    if (count > 0 && write(to, octets, (size_t)count) != count)
        fail("serial line");
}

/* Watch a serial line and a socket behind it, on which libmodbus is; the first octet of what it reads can be looked at. */
static const char *lay_serial_line(struct pollfd *watched)
{
    int pair[2], near = terminal();
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
        fail("serial line");
    watched[NEAR].fd = near;
    watched[BEHIND].fd = pair[0];
    watched[FIRST].fd = pair[1];
    return ptsname(near);
}

static void turn(struct pollfd *watched, const sigset_t *while_waiting)
{
    if (ppoll(watched, LAST, NULL, while_waiting) <= 0)
        return;
    if (watched[SAID].revents)
        hear();
    if (watched[NEAR].revents)
        pass_on(watched[NEAR].fd, watched[BEHIND].fd);
    if (watched[BEHIND].revents)
        pass_on(watched[BEHIND].fd, watched[NEAR].fd);
    for (int i = FIRST; i < LAST; i++) {
        if (watched[i].revents && !serve(watched[i].fd)) {
            close(watched[i].fd);
            watched[i].fd = -1;
        }
    }
    for (int i = FIRST; watched[CALLS].revents && i < LAST; i++) {
        if (watched[i].fd < 0) {
            watched[i].fd = accept(watched[CALLS].fd, NULL, NULL);
            break;
        }
    }
}

/* SIGTERM is heard while waiting and at no other time. */
static void hold_signals(void)
{
    struct sigaction ends = {.sa_handler = end};
    sigset_t held;
    sigemptyset(&held);
    sigaddset(&held, SIGTERM);
    sigprocmask(SIG_BLOCK, &held, NULL);
    sigaction(SIGTERM, &ends, NULL);
}

static void fill(void)
{
    for (int unit = 1; unit <= UNITS; unit++) {
        if (!(mapped[unit] = modbus_mapping_new(0, 0, REGISTERS, REGISTERS)))
            fail("registers");
        show(mapped[unit]->tab_registers, unit, 0.25f);
        show(mapped[unit]->tab_input_registers, unit, 0.75f);
    }
}

int main(int arguments, char **argument)
{
    struct pollfd watched[LAST];
    const char *path = "";
    sigset_t none;
    int port = 0;
    if (arguments < 2)
        return 2;
    is_tcp = !strcmp(argument[1], "tcp");
    sigemptyset(&none);
    hold_signals();
    setvbuf(stdin, NULL, _IONBF, 0);
    setvbuf(stdout, NULL, _IOLBF, 0);
    fill();
    for (int i = 0; i < LAST; i++)
        watched[i] = (struct pollfd){.fd = -1, .events = POLLIN};
    watched[SAID].fd = STDIN_FILENO;
    if (!strcmp(argument[1], "rtu"))
        path = lay_serial_line(watched);
    else
        watched[CALLS].fd = listens(arguments > 2 ? atoi(argument[2]) : 0, &port);
    line = is_tcp ? modbus_new_tcp("127.0.0.1", 1) : modbus_new_rtu("as it is", 9600, 'N', 8, 1);
    if (!line)
        fail("libmodbus");
    printf("{\"port\": %d, \"serialPort\": \"%s\", \"helpers\": [\"%s\", \"%s\", \"%s\", \"%s\"]}\n",
           port, path, order_of(0), order_of(1), order_of(2), order_of(3));
    while (!ending)
        turn(watched, &none);
    return 0;
}
