/*
 * Hands a call to the sender that is running, or else runs the program (docs/launcher.md). Callers start it as mailshim,
 * sendmail, mailq or newaliases. It knows nothing about mail.
 *
 * A call that submits a mail becomes a file of the spool: command line, some variables, and standard input, byte for byte.
 * Its owner identifies the user. The socket of the spool gets its name, and gives an exit code and two texts. The sender
 * accepts a call by renaming the file, the launcher withdraws it by removing the file: only one of them can succeed.
 *
 * Memory is static. What does not fit (a mail above 256 KB, a command line above 64 KB) is for the program.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#ifndef ANSWER_MS /* tests set shorter times and other places */
#define ANSWER_MS 5000    /* for an answer, */
#define TAKEN_MS  120000  /* and so much more once the sender has the mail */
#endif
#ifndef PROGRAM_PLACES /* relative ones begin in the launcher's folder; the second is for npm */
#define PROGRAM_PLACES "mailshim", "../../mailshim/dist/mailshim.cjs", "/usr/lib/mailshim/mailshim", \
                       "/usr/local/lib/mailshim/mailshim"
#endif
#define SYSTEM_SPOOL "/var/spool/mailshim"
#define TEXT_OF(...) #__VA_ARGS__
#define TEXT(...) TEXT_OF(__VA_ARGS__)
#define COUNT(array) (sizeof(array) / sizeof *(array))
#define FITS(out, ...) ((size_t)snprintf(out, sizeof(out), __VA_ARGS__) < sizeof(out))

/* Not EX_TEMPFAIL, which PHP 8.5 and later take for success. */
enum { EX_NOPROGRAM = 69, EX_OSERROR = 71, EX_IOERROR = 74, TO_PROGRAM = -1 };
enum { HEAD_LIMIT = 64 * 1024, INPUT_LIMIT = 256 * 1024, ANSWER_LIMIT = 64 * 1024, ANSWER_LINE = 24, ID_LENGTH = 16 };
enum state { MORE, WHOLE, NOT_MINE, NONSENSE, ENDED };

struct spool { struct sockaddr_un address; char calls[sizeof((struct sockaddr_un *)0)->sun_path]; mode_t mode; };
struct call { int file; bool named; char id[ID_LENGTH + 1], path[sizeof((struct spool *)0)->calls + 32]; };
/* One byte more, which stays NUL, than is read. */
struct answer { char bytes[ANSWER_LIMIT + 1]; size_t length, head; unsigned long output, errors, code; };

/* The call file: head, then input. Later it is the environment of the program. */
static union { char bytes[HEAD_LIMIT + INPUT_LIMIT + 1]; char *entries[INPUT_LIMIT / sizeof(char *)]; } buffer;
static size_t head, input;
static bool ended;
static struct answer answer;

static int complain(int code, const char *format, ...)
{
    char text[2048] = "";
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    /* A caller that does not read has the exit code. */
    if (signal(SIGPIPE, SIG_IGN) != SIG_ERR) (void)dprintf(STDERR_FILENO, "mailshim: %s\n", text);
    return code;
}

/* Whether to repeat a failed system call. Waits for a descriptor that another process made non-blocking. */
static bool again(int descriptor, short events)
{
    if (errno == EAGAIN) return poll(&(struct pollfd){descriptor, events, 0}, 1, -1) > 0 || errno == EINTR;
    return errno == EINTR;
}

static bool write_all(int descriptor, const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        ssize_t written = write(descriptor, bytes + at, length - at);
        if (written < 0 && !again(descriptor, POLLOUT)) return false;
        if (written > 0) at += (size_t)written;
    }
    return true;
}

static ssize_t read_some(int descriptor, char *bytes, size_t size)
{
    ssize_t got;
    do got = read(descriptor, bytes, size);
    while (got < 0 && again(descriptor, POLLIN));
    return got;
}

static int64_t milliseconds(clockid_t clock)
{
    struct timespec now = {0, 0};
    return clock_gettime(clock, &now) == 0 ? (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 : 0;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* NULL where it is empty, as in the program. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value == NULL || *value == '\0' ? NULL : value;
}

/* How many words an option takes; 0 where the call is for the program. */
static int words_of_option(const char *word, const char *next)
{
    static const struct { const char *name; int words; } long_options[] = {
        {"--account", 2}, {"--from", 2}, {"--lock", 1}, {"--read-recipients", 1}, {"--read-envelope-from", 1}};
    for (size_t at = 0; at < COUNT(long_options); at++) {
        size_t length = strlen(long_options[at].name);
        if (strncmp(word, long_options[at].name, length) != 0) continue;
        if (word[length] == '\0') return long_options[at].words;
        if (word[length] == '=' && long_options[at].words == 2) return 1;
    }
    if (word[1] == '-') return 0;
    for (const char *letter = word + 1; *letter != '\0'; letter++) {
        const char *attached = letter[1] == '\0' ? NULL : letter + 1;
        if (*letter == 'b' && strcmp(attached ? attached : next ? next : "", "m") != 0) return 0;
        if (strchr("CIq", *letter)) return 0;
        if (strchr("bfFraoBNRVOLXhAep", *letter)) return attached ? 1 : 2;
        if (*letter == 'd') return 1; /* its argument is never the next word */
    }
    return 1;
}

/* Whether a command line submits a mail; the sender reports what is wrong with it. */
static bool submits(int argc, char *const *argv)
{
    if (argc < 2) return false;
    const char *name = base_name(argv[0]);
    if (strcmp(name, "mailq") == 0 || strcmp(name, "newaliases") == 0) return false;
    if (argv[1][0] != '-' && strcmp(name, "sendmail") != 0) return false; /* it may be a command */
    for (int at = 1; at < argc && argv[at][0] == '-' && argv[at][1] != '\0' && strcmp(argv[at], "--") != 0;) {
        int words = words_of_option(argv[at], argv[at + 1]);
        if (words == 0) return false;
        at += words;
    }
    return true;
}

/* Adds a string and its NUL to the head; false where there is no room. */
static bool add(const char *text)
{
    size_t length = strlen(text) + 1;
    if (length > HEAD_LIMIT - head) return false;
    memcpy(buffer.bytes + head, text, length);
    head += length;
    return true;
}

static bool compose_head(int argc, char *const *argv)
{
    static const char *const passed[] = {"HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "MAILSHIM_ETC", "MAILSHIM_SPOOL",
                                         "EMAIL", "SMTPSERVER"};
    char count[16];
    if (!FITS(count, "%d", argc) || !add("mailshim-call 1") || !add(count)) return false;
    for (int at = 0; at < argc; at++) if (!add(argv[at])) return false;
    for (size_t at = 0; at < COUNT(passed); at++) {
        const char *value = getenv(passed[at]);
        if (value == NULL) continue;
        if (!add(passed[at])) return false;
        buffer.bytes[head - 1] = '=';
        if (!add(value)) return false;
    }
    return add("");
}

/* A file that this user may not see counts as one. */
static bool may_exist(const char *directory, const char *file)
{
    char path[PATH_MAX];
    struct stat status;
    if (directory == NULL) return false;
    if (!FITS(path, "%s/%s", directory, file) || stat(path, &status) == 0) return true;
    return errno != ENOENT && errno != ENOTDIR;
}

static bool has_configuration(const char *home)
{
    const char *config = variable("XDG_CONFIG_HOME");
    if (may_exist(home, ".mailshimrc") || may_exist(home, ".msmtprc")) return true;
    return config ? may_exist(config, "msmtp/config") : may_exist(home, ".config/msmtp/config");
}

/* Whether a sender of `owner` listens; none can where the path does not fit into an address. */
static bool listens(struct spool *spool, const char *directory, const char *calls, mode_t mode, uid_t owner)
{
    struct stat status;
    spool->mode = mode;
    spool->address.sun_family = AF_UNIX;
    if (!FITS(spool->address.sun_path, "%s/socket", directory)) return false;
    if (!FITS(spool->calls, "%s/%s", directory, calls)) return false;
    if (stat(spool->address.sun_path, &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
    return status.st_uid == owner || status.st_uid == 0;
}

/* A directory of this user that no other can write. */
static bool is_own(const char *directory)
{
    struct stat status;
    if (lstat(directory, &status) != 0 || !S_ISDIR(status.st_mode)) return false;
    return status.st_uid == geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* The same for the private spool of this user. In a directory that others can write, the socket may be theirs. */
static bool listens_privately(struct spool *spool, const char *directory)
{
    return is_own(directory) && listens(spool, directory, "tmp", 0600, geteuid());
}

/* Finds the spool that gets the call; false where its sender does not listen. */
static bool find_spool(struct spool *spool)
{
    static const char *const names[] = {"spool", "sender/"};
    char path[PATH_MAX];
    struct stat status;
    const char *directory = variable("MAILSHIM_SPOOL"), *state = variable("XDG_STATE_HOME"), *home = variable("HOME");
    const struct passwd *entry = home == NULL ? getpwuid(geteuid()) : NULL;
    if (entry != NULL && *entry->pw_dir != '\0') home = entry->pw_dir;
    if (directory == NULL) directory = SYSTEM_SPOOL;
    if (!FITS(path, "%s/drop", directory)) return false;
    if (!has_configuration(home)) {
        if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) /* its group is the sender's */
            return listens(spool, directory, "drop", 0640, status.st_uid);
        /* As "mailshim init" makes it for a user without a daemon. */
        if (entry == NULL) entry = getpwuid(geteuid());
        if (entry != NULL && FITS(path, "%s-%s", directory, entry->pw_name) && listens_privately(spool, path)) return true;
    }
    if (state == NULL && home == NULL) return false;
    /* In a home of someone else, as root with HOME kept has, the link may be theirs. */
    if (!FITS(path, "%s%s/mailshim", state ? state : home, state ? "" : "/.local/state") || !is_own(path)) return false;
    /* The sender of a spool elsewhere leaves a link; the slash follows it. */
    for (size_t at = 0; at < COUNT(names); at++) {
        if (!FITS(path, "%s%s/mailshim/%s", state ? state : home, state ? "" : "/.local/state", names[at])) return false;
        if (listens_privately(spool, path)) return true;
    }
    return false;
}

/* 8 digits of time and 8 random ones, base 36. */
static bool make_id(char *id)
{
    uint64_t parts[2] = {(uint64_t)milliseconds(CLOCK_REALTIME), 0};
    if (getrandom(&parts[1], sizeof parts[1], GRND_NONBLOCK) != (ssize_t)sizeof parts[1]) return false;
    id[ID_LENGTH] = '\0';
    for (int at = ID_LENGTH - 1; at >= 0; at--) {
        uint64_t *part = &parts[at / (ID_LENGTH / 2)];
        id[at] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[*part % 36];
        *part /= 36;
    }
    return true;
}

/* False where it cannot be written; no file is left. */
static bool write_call(struct call *call, const struct spool *spool)
{
    int attempts = 5;
    do {
        if (!make_id(call->id) || !FITS(call->path, "%s/%s.call", spool->calls, call->id)) return false;
        call->file = open(call->path, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600);
    } while (call->file < 0 && errno == EEXIST && --attempts > 0);
    if (call->file < 0) return false;
    /* Above a limit on the size of files the write fails; the program gets the signal as it was. */
    void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
    bool written = fchmod(call->file, spool->mode) == 0 && write_all(call->file, buffer.bytes, head + input);
    if (before != SIG_ERR && signal(SIGXFSZ, before) == SIG_ERR) written = false;
    if (written) return true;
    (void)unlink(call->path); /* where this fails, no sender learns its name */
    (void)close(call->file);
    return false;
}

/* Sends the name of the call to the sender; -1 where none listens in time. */
static int name_call(struct call *call, const struct spool *spool)
{
    char line[ID_LENGTH + 2];
    struct timeval bound = {ANSWER_MS / 1000, ANSWER_MS % 1000 * 1000};
    int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), attempts = 5;
    call->named = false;
    if (connection < 0) return -1;
    /* connect waits while the queue of connections is full, and fails with EAGAIN after this time. */
    bool connected = setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof bound) == 0;
    while (connected && connect(connection, (const struct sockaddr *)&spool->address, sizeof spool->address) != 0)
        connected = errno == EINTR && --attempts > 0;
    call->named = connected && FITS(line, "%s\n", call->id) &&
                  send(connection, line, ID_LENGTH + 1, MSG_NOSIGNAL) == ID_LENGTH + 1;
    if (call->named) return connection;
    (void)close(connection);
    return -1;
}

/* "<code> <bytes of output> <bytes of errors>\n" and the two texts, or "not-mine\n". */
static enum state parse_answer(struct answer *read)
{
    char line[64], *at = read->bytes;
    const char *end = memchr(at, '\n', read->length < ANSWER_LINE ? read->length : ANSWER_LINE);
    if (end == NULL) return read->length < ANSWER_LINE ? MORE : NONSENSE;
    if (end - at == 8 && memcmp(at, "not-mine", 8) == 0) return NOT_MINE;
    read->code = strtoul(at, &at, 10);
    read->output = strtoul(at, &at, 10);
    read->errors = strtoul(at, &at, 10);
    if (read->code > 255 || read->output > ANSWER_LIMIT || read->errors > ANSWER_LIMIT) return NONSENSE;
    /* strtoul takes signs and spaces too: the line must be what this program would write. */
    if (!FITS(line, "%lu %lu %lu\n", read->code, read->output, read->errors)) return NONSENSE;
    read->head = strlen(line);
    if (memcmp(read->bytes, line, read->head) != 0) return NONSENSE;
    size_t whole = read->head + read->output + read->errors;
    if (whole > ANSWER_LIMIT) return NONSENSE;
    return read->length < whole ? MORE : WHOLE;
}

/* Continues where it stopped before. MORE: the time is over. */
static enum state read_answer(int connection, struct answer *read, int64_t until)
{
    enum state state;
    while ((state = parse_answer(read)) == MORE) {
        int64_t left = until - milliseconds(CLOCK_MONOTONIC);
        int ready = poll(&(struct pollfd){connection, POLLIN, 0}, 1, left > 0 ? (int)left : 0);
        if (ready == 0) return MORE;
        if (ready < 0 && errno == EINTR) continue;
        ssize_t got = read_some(connection, read->bytes + read->length, ANSWER_LIMIT - read->length);
        if (ready < 0 || got <= 0) return ENDED;
        read->length += (size_t)got;
    }
    return state;
}

static int print_answer(const struct answer *read)
{
    const char *output = read->bytes + read->head;
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR) return (int)read->code;
    (void)write_all(STDOUT_FILENO, output, read->output);
    (void)write_all(STDERR_FILENO, output + read->output, read->errors);
    return (int)read->code;
}

/* The exit code, or TO_PROGRAM once no sender can accept the call. */
static int await_answer(const struct call *call, int connection, int64_t until)
{
    enum state state = connection < 0 ? ENDED : read_answer(connection, &answer, until);
    bool withdrawn = unlink(call->path) == 0;
    int error = errno;
    struct stat status;
    if (state == WHOLE && !(withdrawn && answer.code == 0)) return print_answer(&answer);
    /* Without its name no sender has it, nor where the sender refuses it: a file that is gone was swept. */
    if (withdrawn || !call->named) return TO_PROGRAM;
    if (state == NOT_MINE && fstat(call->file, &status) == 0 && status.st_nlink == 0) return TO_PROGRAM;
    if (error != ENOENT) return complain(EX_IOERROR, "the call %s cannot be withdrawn: %s", call->id, strerror(error));
    if (state == MORE && read_answer(connection, &answer, until + TAKEN_MS) == WHOLE) return print_answer(&answer);
    if (fsync(call->file) != 0)
        return complain(EX_IOERROR, "the mail cannot be written to disk: %s (%s)", strerror(errno), call->id);
    return complain(EXIT_SUCCESS, "the sender accepted the mail and ended before it answered; "
                    "it continues when it starts again (%s)", call->id);
}

/* The exit code, or TO_PROGRAM with what was read in the buffer. */
static int hand_in(const struct spool *spool)
{
    struct call call;
    while (!ended && input <= INPUT_LIMIT) {
        ssize_t got = read_some(STDIN_FILENO, buffer.bytes + head + input, INPUT_LIMIT + 1 - input);
        if (got < 0 && input == 0) return TO_PROGRAM;
        if (got < 0) return complain(EX_IOERROR, "standard input cannot be read: %s", strerror(errno));
        ended = got == 0;
        input += (size_t)got;
    }
    if (!ended || !write_call(&call, spool)) return TO_PROGRAM;
    int64_t until = milliseconds(CLOCK_MONOTONIC) + ANSWER_MS;
    int connection = name_call(&call, spool), code = await_answer(&call, connection, until);
    if (connection >= 0) (void)close(connection); /* or the process that feeds the program would hold it */
    (void)close(call.file);
    return code;
}

/* Gives the program the rest of the buffer and then of standard input. */
static _Noreturn void feed(int into, size_t at, pid_t program)
{
    /* Readers of the caller's output wait for the program, not for this process. */
    (void)close(STDOUT_FILENO);
    (void)close(STDERR_FILENO);
    bool readable = fcntl(into, F_SETFL, 0) == 0;
    bool wanted = signal(SIGPIPE, SIG_IGN) != SIG_ERR && write_all(into, buffer.bytes + head + at, input - at);
    while (readable && wanted && !ended) {
        struct pollfd polled[] = {{STDIN_FILENO, POLLIN, 0}, {into, 0, 0}};
        if (poll(polled, 2, -1) < 0) readable = errno == EINTR;
        else if (polled[1].revents != 0) wanted = false; /* the program has ended */
        else {
            ssize_t got = read_some(STDIN_FILENO, buffer.bytes, sizeof buffer.bytes);
            readable = got >= 0;
            ended = got == 0;
            wanted = got <= 0 || write_all(into, buffer.bytes, (size_t)got);
        }
    }
    if (!readable && getppid() == program) (void)kill(program, SIGKILL);
    _exit(EXIT_SUCCESS);
}

/* Makes standard input what it was before. */
static bool give_back_input(void)
{
    struct stat status;
    int ends[2];
    size_t at = 0;
    if (input == 0) return true;
    if (fstat(STDIN_FILENO, &status) == 0 && S_ISREG(status.st_mode))
        return lseek(STDIN_FILENO, -(off_t)input, SEEK_CUR) >= 0;
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return false;
    (void)fcntl(ends[1], F_SETPIPE_SZ, INPUT_LIMIT); /* a process writes what does not fit */
    for (ssize_t written = 0; at < input && written >= 0; at += written > 0 ? (size_t)written : 0)
        written = write(ends[1], buffer.bytes + head + at, input - at);
    if (at < input || !ended) {
        pid_t program = getpid(), child = fork();
        if (child < 0) return false;
        if (child == 0) {
            (void)close(ends[0]); /* or it would not notice the end of the program */
            feed(ends[1], at, program);
        }
    }
    return fcntl(ends[0], F_SETFL, 0) == 0 && dup2(ends[0], STDIN_FILENO) == STDIN_FILENO;
}

/* The environment with MAILSHIM_NAME; unchanged where that does not fit. */
static char **name_program(const char *name)
{
    static char entry[sizeof "MAILSHIM_NAME=" + NAME_MAX];
    size_t count = 0;
    if (!FITS(entry, "MAILSHIM_NAME=%s", name)) return environ;
    for (char **each = environ; each != NULL && *each != NULL; each++) {
        if (count + 2 >= COUNT(buffer.entries)) return environ;
        if (strncmp(*each, entry, sizeof "MAILSHIM_NAME=" - 1) != 0) buffer.entries[count++] = *each;
    }
    buffer.entries[count++] = entry;
    buffer.entries[count] = NULL;
    return buffer.entries;
}

static int run_program(char **argv)
{
    static const char *const places[] = {PROGRAM_PLACES};
    static char own[] = "mailshim", folder[PATH_MAX], path[2 * PATH_MAX];
    char *unnamed[] = {own, NULL}, **words = argv[0] ? argv : unnamed;
    char **environment = name_program(base_name(words[0]));
    ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);
    char *slash = length > 0 ? strrchr(folder, '/') : NULL;
    int error = ENOENT;
    const char *named = getenv("MAILSHIM_NAME"); /* the program removes it */
    if (named != NULL && strcmp(named, base_name(words[0])) == 0)
        return complain(EX_NOPROGRAM, "another launcher is in the place of the program");
    if (slash != NULL) *slash = '\0';
    for (size_t at = 0; at < COUNT(places); at++) {
        struct stat status, self;
        bool relative = places[at][0] != '/';
        if (relative && slash == NULL) continue;
        if (!FITS(path, "%s%s%s", relative ? folder : "", relative ? "/" : "", places[at])) continue;
        /* The launcher itself may have the name. */
        if (stat((const char *)getauxval(AT_EXECFN), &self) == 0 && stat(path, &status) == 0 &&
            self.st_ino == status.st_ino && self.st_dev == status.st_dev) continue;
        if (execve(path, words, environment) != 0 && errno == E2BIG) (void)execve(path, words, environ);
        if (errno != ENOENT && errno != ENOTDIR) error = errno;
    }
    return complain(EX_NOPROGRAM, "the program cannot be run: %s: " TEXT(PROGRAM_PLACES), strerror(error));
}

int main(int argc, char **argv)
{
    static struct spool spool;
    /* A file that is opened here would get the number of a closed one. */
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++)
        if (fcntl(descriptor, F_GETFD) < 0 && open("/dev/null", O_RDWR) != descriptor)
            return complain(EX_OSERROR, "a standard descriptor is closed: /dev/null: %s", strerror(errno));
    if (submits(argc, argv) && !isatty(STDIN_FILENO) && find_spool(&spool) && compose_head(argc, argv)) {
        int code = hand_in(&spool);
        if (code != TO_PROGRAM) return code;
        if (!give_back_input())
            return complain(EX_OSERROR, "standard input cannot be passed to the program: %s", strerror(errno));
    }
    return run_program(argv);
}
