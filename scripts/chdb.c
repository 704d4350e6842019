// Runs ClickHouse from a shared library: chdb LIBRARY ARGUMENT... is
// clickhouse-local with those arguments. It ends when descriptor 3, a pipe from
// whoever started it, is closed, so that no server outlives its test.
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void *watch(void *unused) {
    char c;
    while (read(3, &c, 1) > 0) {
    }
    _exit(0);
    return unused;
}

int main(int argc, char **argv) {
    pthread_t thread;
    if (argc < 2) {
        fprintf(stderr, "usage: chdb LIBRARY ARGUMENT...\n");
        return 2;
    }
    void *library = dlopen(argv[1], RTLD_NOW);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    int (*run)(int, char **) = (int (*)(int, char **))dlsym(library, "chdb_query_cmdline");
    if (!run) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    if (fcntl(3, F_GETFD) != -1 && pthread_create(&thread, NULL, watch, NULL) != 0) {
        fprintf(stderr, "no thread\n");
        return 1;
    }
    argv[1] = argv[0];
    return run(argc - 1, argv + 1);
}
