/* floor_relay - the least a relay can cost on this machine: recv, send, nothing else.
 *
 *   gcc -O2 -Wall -o floor_relay floor_relay.c
 *   floor_relay CALLS PORT_BASE PEER_A PEER_B PEER_PORT_BASE
 *
 * For call i it binds 127.0.0.1:PORT_BASE+4*i (leg A) and +2 (leg B), connects them to
 * PEER_A:PEER_PORT_BASE+4*i and PEER_B:PEER_PORT_BASE+4*i+2, and sends what one receives out of the
 * other. One epoll loop, one thread. It prints "ready" and runs until it is killed.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static int leg(int port, const char *peer, int peer_port)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in far = {.sin_family = AF_INET, .sin_port = htons(peer_port)};
    inet_pton(AF_INET, "127.0.0.1", &own.sin_addr);
    inet_pton(AF_INET, peer, &far.sin_addr);
    if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof own) ||
        connect(fd, (struct sockaddr *)&far, sizeof far)) {
        perror("leg");
        exit(1);
    }
    return fd;
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "floor_relay CALLS PORT_BASE PEER_A PEER_B PEER_PORT_BASE\n");
        return 2;
    }
    int calls = atoi(argv[1]), base = atoi(argv[2]), peer_base = atoi(argv[5]);
    struct rlimit files = {65536, 65536};
    setrlimit(RLIMIT_NOFILE, &files);
    int poller = epoll_create1(0);
    for (int i = 0; i < calls; i++) {
        int a = leg(base + 4 * i, argv[3], peer_base + 4 * i);
        int b = leg(base + 4 * i + 2, argv[4], peer_base + 4 * i + 2);
        struct epoll_event from_a = {.events = EPOLLIN, .data.u64 = (uint64_t)a << 32 | (uint32_t)b};
        struct epoll_event from_b = {.events = EPOLLIN, .data.u64 = (uint64_t)b << 32 | (uint32_t)a};
        epoll_ctl(poller, EPOLL_CTL_ADD, a, &from_a);
        epoll_ctl(poller, EPOLL_CTL_ADD, b, &from_b);
    }
    puts("ready");
    fflush(stdout);
    for (;;) {
        struct epoll_event ready[512];
        int n = epoll_wait(poller, ready, 512, -1);
        for (int i = 0; i < n; i++) {
            char packet[2048];
            ssize_t size = recv(ready[i].data.u64 >> 32, packet, sizeof packet, 0);
            if (size > 0 && send(ready[i].data.u64 & 0xffffffff, packet, size, 0) < 0)
                perror("send");
        }
    }
}
