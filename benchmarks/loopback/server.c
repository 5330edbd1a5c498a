/* A server for benchmarks: it speaks enough of S3 and Azure Blob, and costs as little as can be.
 *
 * A bucket whose path has "/kept/" keeps what is put and gives it back by ranges; every other one
 * discards what is put, without a copy (MSG_TRUNC), and gives zeros: of as many bytes as the name
 * says after "zeros-". Signatures are not looked at. One thread per connection. Prints its port
 * and ends when its standard input does.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { HEAD = 65536, BUCKETS = 65536, PARTS = 10000, LARGE = 1 << 20, PAGE = 1000 };
#define DATE "Tue, 01 Sep 2026 00:00:00 GMT"
#define COMMON "Date: " DATE "\r\nLast-Modified: " DATE "\r\nx-amz-request-id: 0\r\n" \
    "x-ms-request-id: 0\r\nx-ms-version: 2025-01-05\r\nx-ms-blob-type: BlockBlob\r\n" \
    "x-ms-creation-time: " DATE "\r\nx-amz-bucket-region: ap-northeast-1\r\nAccept-Ranges: bytes\r\n"

struct segment { int fd; char *data; size_t size; };
struct object {
    struct object *next;
    char *path, *metadata;
    size_t size;
    int segments, references;
    unsigned long etag;
    struct segment *segment;
};
struct upload { struct upload *next; char *metadata; unsigned long id; struct segment parts[PARTS + 1]; };
struct request {
    int fd;
    char head[HEAD];
    size_t filled, length, at; /* bytes in head; length of its head; position behind it */
    char *method, *path, *query;
};

static struct object *table[BUCKETS];
static struct upload *uploads;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_ulong counter = 1;
static long listed = 100000;
static struct segment zeros;

static unsigned hash(const char *text) {
    unsigned value = 2166136261u;
    for (; *text; text++) value = (value ^ (unsigned char)*text) * 16777619u;
    return value % BUCKETS;
}

static struct segment allocate(size_t size) {
    struct segment made = {-1, NULL, size};
    if (size < LARGE) { made.data = malloc(size ? size : 1); return made; }
    made.fd = memfd_create("object", 0);
    if (made.fd < 0 || ftruncate(made.fd, (off_t)size)) abort();
    made.data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, made.fd, 0);
    if (made.data == MAP_FAILED) abort();
    return made;
}

static void release(struct object *object) {
    if (!object || --object->references) return;
    for (int i = 0; i < object->segments; i++) {
        struct segment *one = &object->segment[i];
        if (one->fd < 0) { free(one->data); continue; }
        munmap(one->data, one->size);
        close(one->fd);
    }
    free(object->segment); free(object->path); free(object->metadata); free(object);
}

static struct object *find(const char *path) {
    pthread_mutex_lock(&lock);
    struct object *found = table[hash(path)];
    while (found && strcmp(found->path, path)) found = found->next;
    if (found) found->references++;
    pthread_mutex_unlock(&lock);
    return found;
}

/* The object, out of the table. */
static struct object *take(const char *path) {
    pthread_mutex_lock(&lock);
    struct object **place = &table[hash(path)];
    while (*place && strcmp((*place)->path, path)) place = &(*place)->next;
    struct object *found = *place;
    if (found) *place = found->next;
    pthread_mutex_unlock(&lock);
    return found;
}

static void drop(struct object *object) {
    pthread_mutex_lock(&lock);
    release(object);
    pthread_mutex_unlock(&lock);
}

static unsigned long keep(const char *path, struct segment *segment, int count, char *metadata) {
    struct object *made = calloc(1, sizeof *made);
    made->path = strdup(path);
    made->metadata = metadata;
    made->segment = malloc(sizeof *segment * (size_t)count);
    memcpy(made->segment, segment, sizeof *segment * (size_t)count);
    made->segments = count;
    made->references = 1;
    made->etag = atomic_fetch_add(&counter, 1);
    for (int i = 0; i < count; i++) made->size += segment[i].size;
    unsigned long etag = made->etag;
    pthread_mutex_lock(&lock);
    struct object **place = &table[hash(path)];
    while (*place && strcmp((*place)->path, path)) place = &(*place)->next;
    struct object *old = *place;
    made->next = old ? old->next : NULL;
    *place = made;
    release(old);
    pthread_mutex_unlock(&lock);
    return etag;
}

static int send_all(int fd, const char *data, size_t size, int flags) {
    while (size) {
        ssize_t sent = send(fd, data, size, flags | MSG_NOSIGNAL);
        if (sent <= 0) return -1;
        data += sent; size -= (size_t)sent;
    }
    return 0;
}

static int receive(struct request *q, char *into, size_t size) {
    size_t have = q->filled - q->at;
    if (have > size) have = size;
    if (into) { memcpy(into, q->head + q->at, have); into += have; }
    q->at += have; size -= have;
    while (size) {
        ssize_t got = recv(q->fd, into, size, into ? 0 : MSG_TRUNC);
        if (got <= 0) return -1;
        if (into) into += got;
        size -= (size_t)got;
    }
    return 0;
}

/* A header's value, or NULL; it ends at its carriage return. */
static char *header(struct request *q, const char *name) {
    size_t length = strlen(name);
    for (char *line = strstr(q->head, "\r\n"); line && line[2] != '\r'; line = strstr(line + 2, "\r\n"))
        if (!strncasecmp(line + 2, name, length) && line[2 + length] == ':') {
            char *value = line + 3 + length;
            while (*value == ' ') value++;
            return value;
        }
    return NULL;
}

static char *parameter(struct request *q, const char *name) {
    size_t length = strlen(name);
    for (char *at = q->query; at && *at; at = strchr(at, '&')) {
        if (*at == '&') at++;
        if (!strncmp(at, name, length) && (!at[length] || at[length] == '=' || at[length] == '&'))
            return at[length] == '=' ? at + length + 1 : at + length;
    }
    return NULL;
}

static void decode(char *to, const char *from, size_t room) {
    for (; *from && *from != '&' && room > 1; room--)
        if (*from == '%' && from[1] && from[2]) {
            char digits[3] = {from[1], from[2], 0};
            *to++ = (char)strtol(digits, NULL, 16);
            from += 3;
        } else *to++ = *from++;
    *to = 0;
}

static int answer(struct request *q, int status, const char *more, const char *body, size_t size) {
    char head[4096];
    int length = snprintf(head, sizeof head,
        "HTTP/1.1 %d X\r\n" COMMON "%sContent-Length: %zu\r\n\r\n", status, more, size);
    if (send_all(q->fd, head, (size_t)length, size ? MSG_MORE : 0)) return -1;
    return size && body ? send_all(q->fd, body, size, 0) : 0;
}

static int xml(struct request *q, int status, const char *text) {
    return answer(q, status, "Content-Type: application/xml\r\n", text, strlen(text));
}

static int refused(struct request *q, int status, const char *code) {
    char text[256];
    snprintf(text, sizeof text, "<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>%s</Message>"
        "<RequestId>0</RequestId></Error>", code, code);
    if (!strcmp(q->method, "HEAD")) return answer(q, status, "", NULL, 0);
    return xml(q, status, text);
}

/* The x-amz-meta-… lines, to be given back with the object. */
static char *described(struct request *q) {
    char *kept = calloc(1, 8192), *end = kept;
    for (char *line = strstr(q->head, "\r\n"); line && line[2] != '\r'; line = strstr(line + 2, "\r\n"))
        if (!strncasecmp(line + 2, "x-amz-meta-", 11) || !strncasecmp(line + 2, "x-ms-meta-", 10)) {
            size_t length = (size_t)(strstr(line + 2, "\r\n") + 2 - (line + 2));
            if ((size_t)(end - kept) + length > 4000) break;
            memcpy(end, line + 2, length);
            end += length;
        }
    return kept;
}

static int discard_chunked(struct request *q) {
    for (;;) {
        char line[128]; size_t at = 0;
        do { if (at > 120 || receive(q, line + at, 1)) return -1; } while (line[at++] != '\n');
        size_t size = strtoul(line, NULL, 16);
        if (receive(q, NULL, size + 2)) return -1;
        if (!size) return 0;
    }
}

/* Azure's blocks wait as objects of their own, under their blob's path and their id. */
static void block_name(char *to, size_t room, const char *path, const char *id) {
    size_t used = (size_t)snprintf(to, room, "%s?", path);
    if (used < room) decode(to + used, id, room - used);
}

static int put_block_list(struct request *q, size_t size) {
    char *body = malloc(size + 1), name[4096];
    body[size] = 0;
    if (receive(q, body, size)) { free(body); return -1; }
    struct segment *segment = malloc(sizeof *segment * (size / 8 + 1));
    int count = 0, missing = 0;
    for (char *at = body; (at = strchr(at, '<')); ) {
        if (strncmp(at, "<Latest>", 8) && strncmp(at, "<Uncommitted>", 13)) { at++; continue; }
        at = strchr(at, '>') + 1;
        char *end = strchr(at, '<');
        if (!end) break;
        *end = 0;
        block_name(name, sizeof name, q->path, at);
        *end = '<';
        struct object *block = take(name);
        if (!block) { missing = 1; continue; }
        segment[count++] = block->segment[0];
        block->segments = 0;
        drop(block);
    }
    if (!missing) keep(q->path, segment, count, described(q));
    free(segment);
    free(body);
    return missing ? refused(q, 400, "InvalidBlockList") : answer(q, 201, "ETag: \"0\"\r\n", NULL, 0);
}

static int put(struct request *q) {
    char *length = header(q, "content-length"), *expect = header(q, "expect");
    char *transfer = header(q, "transfer-encoding");
    size_t size = length ? strtoul(length, NULL, 10) : 0;
    int azure = header(q, "x-ms-version") != NULL, kept = strstr(q->path, "/kept/") != NULL;
    if (expect && send_all(q->fd, "HTTP/1.1 100 Continue\r\n\r\n", 25, 0)) return -1;
    unsigned long etag = 0;
    char *part = parameter(q, "partNumber"), *id = parameter(q, "uploadId");
    char *block = parameter(q, "blockid"), *comp = parameter(q, "comp");
    if (kept && comp && !strncmp(comp, "blocklist", 9)) return put_block_list(q, size);
    if (transfer && !strncasecmp(transfer, "chunked", 7)) {
        if (kept) return -1;
        if (discard_chunked(q)) return -1;
    } else if (!kept) {
        if (receive(q, NULL, size)) return -1;
    } else {
        struct segment made = allocate(size);
        if (receive(q, made.data, size)) return -1;
        if (part && id) {
            unsigned long wanted = strtoul(id, NULL, 10);
            pthread_mutex_lock(&lock);
            struct upload *upload = uploads;
            while (upload && upload->id != wanted) upload = upload->next;
            int number = atoi(part);
            if (upload && number > 0 && number <= PARTS) upload->parts[number] = made;
            pthread_mutex_unlock(&lock);
            if (!upload) return refused(q, 404, "NoSuchUpload");
        } else if (block) {
            char name[4096];
            block_name(name, sizeof name, q->path, block);
            keep(name, &made, 1, calloc(1, 1));
        } else etag = keep(q->path, &made, 1, described(q));
    }
    char more[128];
    snprintf(more, sizeof more, "ETag: \"%016lx\"\r\n", etag);
    return answer(q, azure ? 201 : 200, more, NULL, 0);
}

static int give(struct request *q, struct object *object, size_t size, unsigned long etag) {
    char *range = header(q, "range"), *match = header(q, "if-match");
    if (!range) range = header(q, "x-ms-range");
    char tag[32], more[5000];
    snprintf(tag, sizeof tag, "\"%016lx\"", etag);
    if (match && *match != '*' && strncmp(match, tag, strlen(tag)))
        return refused(q, 412, "PreconditionFailed");
    size_t start = 0, stop = size;
    if (range && !strncmp(range, "bytes=", 6)) {
        char *at = range + 6;
        if (*at == '-') {
            size_t count = strtoul(at + 1, NULL, 10);
            start = count > size ? 0 : size - count;
        } else {
            start = strtoul(at, &at, 10);
            if (at[1] >= '0' && at[1] <= '9') stop = strtoul(at + 1, NULL, 10) + 1;
            if (stop > size) stop = size;
        }
        if (start >= size) return refused(q, 416, "InvalidRange");
    } else range = NULL;
    int used = snprintf(more, sizeof more, "ETag: %s\r\nContent-Type: application/octet-stream\r\n%s",
        tag, object ? object->metadata : "");
    if (range)
        snprintf(more + used, sizeof more - (size_t)used, "Content-Range: bytes %zu-%zu/%zu\r\n",
            start, stop - 1, size);
    char head[8192];
    size_t count = stop - start;
    int length = snprintf(head, sizeof head, "HTTP/1.1 %d X\r\n" COMMON "%sContent-Length: %zu\r\n\r\n",
        range ? 206 : 200, more, count);
    if (!strcmp(q->method, "HEAD")) return send_all(q->fd, head, (size_t)length, 0);
    if (send_all(q->fd, head, (size_t)length, count ? MSG_MORE : 0)) return -1;
    for (int i = 0; count; i++) {
        struct segment *one = object ? &object->segment[i] : &zeros;
        size_t from = start;
        if (object) {
            if (start >= one->size) { start -= one->size; continue; }
            start = 0;
        } else from = 0;
        size_t step = one->size - from < count ? one->size - from : count;
        count -= step;
        if (one->fd < 0) {
            if (send_all(q->fd, one->data + from, step, 0)) return -1;
            continue;
        }
        for (off_t at = (off_t)from; step;) {
            ssize_t sent = sendfile(q->fd, one->fd, &at, step);
            if (sent <= 0) return -1;
            step -= (size_t)sent;
        }
    }
    return 0;
}

static int list(struct request *q) {
    char prefix[2048] = "", *given = parameter(q, "prefix"), *token = parameter(q, "continuation-token");
    if (given) decode(prefix, given, sizeof prefix);
    long begin = token ? strtol(token, NULL, 10) : 0;
    long end = begin + PAGE < listed ? begin + PAGE : listed;
    size_t room = (size_t)PAGE * (strlen(prefix) + 300) + 4096, used = 0;
    char *text = malloc(room);
    used += (size_t)snprintf(text, room, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
        "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name>"
        "<Prefix>%s</Prefix><KeyCount>%ld</KeyCount><MaxKeys>%d</MaxKeys><EncodingType>url"
        "</EncodingType><IsTruncated>%s</IsTruncated>", prefix, end - begin, PAGE,
        end < listed ? "true" : "false");
    if (end < listed)
        used += (size_t)snprintf(text + used, room - used,
            "<NextContinuationToken>%ld</NextContinuationToken>", end);
    for (long i = begin; i < end; i++)
        used += (size_t)snprintf(text + used, room - used,
            "<Contents><Key>%s%06ld</Key><LastModified>2026-09-01T00:00:00.000Z</LastModified>"
            "<ETag>&quot;0123456789abcdef0123456789abcdef&quot;</ETag><Size>4272</Size>"
            "<StorageClass>STANDARD</StorageClass></Contents>", prefix, i);
    used += (size_t)snprintf(text + used, room - used, "</ListBucketResult>");
    int result = answer(q, 200, "Content-Type: application/xml\r\n", text, used);
    free(text);
    return result;
}

static int get(struct request *q) {
    if (parameter(q, "location"))
        return xml(q, 200, "<?xml version=\"1.0\"?><LocationConstraint xmlns="
            "\"http://s3.amazonaws.com/doc/2006-03-01/\">ap-northeast-1</LocationConstraint>");
    if (parameter(q, "list-type")) return list(q);
    if (parameter(q, "prefix")) /* the first version of the listing: only ever asked for nothing */
        return xml(q, 200, "<?xml version=\"1.0\"?><ListBucketResult><Name>b</Name>"
            "<IsTruncated>false</IsTruncated></ListBucketResult>");
    if (parameter(q, "replication"))
        return refused(q, 404, "ReplicationConfigurationNotFoundError");
    char *key = strchr(q->path + 1, '/');
    if (!key || !key[1])
        return strcmp(q->method, "HEAD") ? refused(q, 501, "NotImplemented") : answer(q, 200, "", NULL, 0);
    char *size = strstr(q->path, "zeros-");
    if (size) return give(q, NULL, strtoul(size + 6, NULL, 10), 0);
    struct object *object = find(q->path);
    if (!object) return refused(q, 404, "NoSuchKey");
    int result = give(q, object, object->size, object->etag);
    drop(object);
    return result;
}

static int bulk_delete(struct request *q, char *body) {
    size_t room = strlen(body) * 2 + 4096, used = 0;
    char *text = malloc(room);
    used += (size_t)snprintf(text, room, "<?xml version=\"1.0\"?>"
        "<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for (char *at = body; (at = strstr(at, "<Key>")); at++) {
        char *end = strstr(at, "</Key>");
        if (!end) break;
        used += (size_t)snprintf(text + used, room - used, "<Deleted>%.*s</Key></Deleted>",
            (int)(end - at), at);
    }
    used += (size_t)snprintf(text + used, room - used, "</DeleteResult>");
    int result = answer(q, 200, "Content-Type: application/xml\r\n", text, used);
    free(text);
    return result;
}

static int complete(struct request *q, unsigned long id) {
    pthread_mutex_lock(&lock);
    struct upload **place = &uploads;
    while (*place && (*place)->id != id) place = &(*place)->next;
    struct upload *done = *place;
    if (done) *place = done->next;
    pthread_mutex_unlock(&lock);
    unsigned long etag = id;
    if (done) {
        int count = 0;
        while (count < PARTS && done->parts[count + 1].data) count++;
        if (count) etag = keep(q->path, done->parts + 1, count, done->metadata);
        free(done);
    }
    char text[256];
    snprintf(text, sizeof text, "<?xml version=\"1.0\"?><CompleteMultipartUploadResult>"
        "<Location>x</Location><Bucket>b</Bucket><Key>k</Key><ETag>&quot;%016lx&quot;</ETag>"
        "</CompleteMultipartUploadResult>", etag);
    return xml(q, 200, text);
}

static int post(struct request *q) {
    char *length = header(q, "content-length"), *id = parameter(q, "uploadId");
    size_t size = length ? strtoul(length, NULL, 10) : 0;
    char *body = malloc(size + 1);
    body[size] = 0;
    int result = receive(q, body, size);
    if (result) { free(body); return result; }
    if (parameter(q, "delete")) result = bulk_delete(q, body);
    else if (id) result = complete(q, strtoul(id, NULL, 10));
    else {
        unsigned long made = atomic_fetch_add(&counter, 1);
        if (strstr(q->path, "/kept/")) {
            struct upload *upload = calloc(1, sizeof *upload);
            upload->id = made;
            upload->metadata = described(q);
            pthread_mutex_lock(&lock);
            upload->next = uploads;
            uploads = upload;
            pthread_mutex_unlock(&lock);
        }
        char text[256];
        snprintf(text, sizeof text, "<?xml version=\"1.0\"?><InitiateMultipartUploadResult>"
            "<Bucket>b</Bucket><Key>k</Key><UploadId>%lu</UploadId>"
            "</InitiateMultipartUploadResult>", made);
        result = xml(q, 200, text);
    }
    free(body);
    return result;
}

static int serve_one(struct request *q) {
    char *end;
    q->head[q->filled] = 0;
    while (!(end = strstr(q->head, "\r\n\r\n"))) {
        if (q->filled == HEAD - 1) return -1;
        ssize_t got = recv(q->fd, q->head + q->filled, HEAD - 1 - q->filled, 0);
        if (got <= 0) return -1;
        q->filled += (size_t)got;
        q->head[q->filled] = 0;
    }
    q->at = (size_t)(end - q->head) + 4;
    char line[8192], saved = end[2];
    end[2] = '\r';
    char *stop = strstr(q->head, "\r\n");
    size_t size = (size_t)(stop - q->head);
    if (size >= sizeof line) return -1;
    memcpy(line, q->head, size);
    line[size] = 0;
    char *left;
    q->method = strtok_r(line, " ", &left);
    q->path = strtok_r(NULL, " ", &left);
    if (!q->method || !q->path) return -1;
    q->query = strchr(q->path, '?');
    if (q->query) *q->query++ = 0;
    end[2] = saved;
    int result;
    if (!strcmp(q->method, "PUT")) result = put(q);
    else if (!strcmp(q->method, "POST")) result = post(q);
    else if (!strcmp(q->method, "DELETE")) result = answer(q, 204, "", NULL, 0);
    else result = get(q);
    memmove(q->head, q->head + q->at, q->filled - q->at);
    q->filled -= q->at;
    return result;
}

static void *serve(void *argument) {
    struct request *q = calloc(1, sizeof *q);
    q->fd = (int)(long)argument;
    int on = 1;
    setsockopt(q->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    while (!serve_one(q)) ;
    close(q->fd);
    free(q);
    return NULL;
}

static void *wait_for_end(void *unused) {
    char byte;
    while (read(0, &byte, 1) > 0) ;
    _exit(0);
    return unused;
}

int main(int count, char **arguments) {
    if (count > 1) listed = atol(arguments[1]);
    signal(SIGPIPE, SIG_IGN); /* sendfile has no flag for it */
    struct rlimit files; /* each large part is a file in memory */
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    zeros = allocate(8 << 20);
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 512)) return 1;
    getsockname(listener, (struct sockaddr *)&address, &length);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    pthread_t thread;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 262144);
    pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
    pthread_create(&thread, &small, wait_for_end, NULL);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0 && pthread_create(&thread, &small, serve, (void *)(long)fd)) close(fd);
    }
}
