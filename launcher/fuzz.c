/*
 * NAME
 *      fuzz - gives the launcher's readers any bytes
 *
 * DESCRIPTION
 *      libFuzzer calls LLVMFuzzerTestOneInput. The first byte chooses: an answer of the sender in pieces, or a command
 *      line with an environment. What must hold for each input is checked by CHECK, the rest by the sanitizers.
 */
#define main launcher_main
int main(int argc, char **argv);
#include "launcher.c"
#undef main

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) do { if (!(condition)) abort(); } while (0)

/* The answer comes in two pieces, cut anywhere, with the end of the stream behind it. */
static void fuzz_answer(const char *bytes, size_t size, size_t cut)
{
    static struct answer whole, pieces;
    int ends[2];
    cut = size == 0 ? 0 : cut % size;
    whole.length = pieces.length = 0;
    CHECK(size <= ANSWER_LIMIT);
    memset(whole.bytes, 0, sizeof whole.bytes);
    memset(pieces.bytes, 0, sizeof pieces.bytes);
    memcpy(whole.bytes, bytes, size);
    whole.length = size;
    enum state expected = parse_answer(&whole);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    CHECK(write_all(ends[1], bytes, cut));
    enum state first = read_answer(ends[0], &pieces, milliseconds(CLOCK_MONOTONIC));
    CHECK(write_all(ends[1], bytes + cut, size - cut) && close(ends[1]) == 0);
    enum state then = first == MORE ? read_answer(ends[0], &pieces, INT32_MAX) : first;
    CHECK(close(ends[0]) == 0);
    CHECK(then == (expected == MORE ? ENDED : expected));
    if (then != WHOLE) return;
    CHECK(pieces.code <= 255 && pieces.head + pieces.output + pieces.errors <= pieces.length);
    CHECK(pieces.code == whole.code && pieces.output == whole.output && pieces.errors == whole.errors);
}

/* Strings divided by NUL: a command line, and behind an empty string an environment. The head must give them back. */
static void fuzz_call(const char *bytes, size_t size)
{
    static char copy[4097], *words[4097], *variables[4097];
    CHECK(size < sizeof copy);
    memcpy(copy, bytes, size);
    copy[size] = '\0';
    int argc = 0, count = 0;
    char *at = copy;
    for (; at <= copy + size; at += strlen(at) + 1) {
        if (*at == '\0' && argc > 0) break;
        words[argc++] = at;
    }
    for (; at <= copy + size; at += strlen(at) + 1) if (*at != '\0') variables[count++] = at;
    words[argc] = variables[count] = NULL;
    char **before = environ;
    environ = variables;
    head = 0;
    (void)submits(argc, words);
    bool composed = compose_head(argc, words);
    environ = before;
    if (!composed) return;
    CHECK(head <= HEAD_LIMIT && buffer.bytes[head - 1] == '\0' && buffer.bytes[head - 2] == '\0');
    const char *read = buffer.bytes;
    CHECK(strcmp(read, "mailshim-call 1") == 0);
    read += strlen(read) + 1;
    CHECK(atoi(read) == argc);
    read += strlen(read) + 1;
    for (int index = 0; index < argc; index++, read += strlen(read) + 1) CHECK(strcmp(read, words[index]) == 0);
    for (; *read != '\0'; read += strlen(read) + 1) CHECK(strchr(read, '=') != NULL);
    CHECK(read + 1 == buffer.bytes + head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 4096) return 0;
    const char *bytes = (const char *)(data + 2);
    if ((data[0] & 1) != 0) fuzz_answer(bytes, size - 2, data[1]);
    else fuzz_call(bytes, size - 2);
    return 0;
}
