/* Resolve one name as an application of this libc does; end with 0 where it has an address. */
#include <netdb.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
	return argc != 2 || getaddrinfo(argv[1], 0, &hints, &found) != 0;
}
