/// Memory that is needed from one step to another.
struct ArenaRequest {
    let buffer: BufferID
    let byteCount: Int
    let first: Int
    var last: Int

    /// The distance between places where buffers may begin: a cache line.
    static let alignment = 64

    /// The most requests that are placed by size, which takes time that grows with the square of their number.
    static let sortedLimit = 4096

    /// Gives each request an offset, so that those needed at the same time don't overlap.
    ///
    /// - Returns: The offsets by buffer, and the size of the memory altogether.
    static func place(_ requests: [ArenaRequest]) -> (offsets: [BufferID: Int], byteCount: Int) {
        requests.count <= sortedLimit ? placeBySize(requests) : placeByTime(requests)
    }

    /// The number of bytes of the lines that the buffer takes.
    private var paddedByteCount: Int {
        (byteCount + ArenaRequest.alignment - 1) / ArenaRequest.alignment * ArenaRequest.alignment
    }

    /// Places requests in the order in which they are needed, each in memory of its size that is free again, or behind
    /// all others.
    private static func placeByTime(
        _ requests: [ArenaRequest]
    ) -> (offsets: [BufferID: Int], byteCount: Int) {
        var offsets: [BufferID: Int] = [:]
        var free: [Int: [Int]] = [:]
        var total = 0
        let order = requests.sorted { ($0.first, $0.buffer) < ($1.first, $1.buffer) }
        var ending = requests.sorted { ($0.last, $0.buffer) > ($1.last, $1.buffer) }
        for request in order {
            while let done = ending.last, done.last < request.first {
                ending.removeLast()
                free[done.paddedByteCount, default: []].append(offsets[done.buffer] ?? 0)
            }
            let byteCount = request.paddedByteCount
            if let offset = free[byteCount]?.popLast() {
                offsets[request.buffer] = offset
            } else {
                offsets[request.buffer] = total
                total += byteCount
            }
        }
        return (offsets, total)
    }

    /// Places the largest request first; each goes to the smallest gap that holds it.
    private static func placeBySize(
        _ requests: [ArenaRequest]
    ) -> (offsets: [BufferID: Int], byteCount: Int) {
        var offsets: [BufferID: Int] = [:]
        var placed: [(request: ArenaRequest, start: Int, end: Int)] = []
        var total = 0
        let order = requests.sorted {
            ($0.byteCount, $1.buffer) > ($1.byteCount, $0.buffer)
        }
        for request in order {
            let byteCount = request.paddedByteCount
            let neighbours = placed.filter {
                $0.request.first <= request.last && request.first <= $0.request.last
            }
            var best: (start: Int, slack: Int)?
            var end = 0
            for neighbour in neighbours {
                let slack = neighbour.start - end - byteCount
                if slack >= 0, slack < best?.slack ?? .max { best = (end, slack) }
                end = max(end, neighbour.end)
            }
            let start = best?.start ?? end
            offsets[request.buffer] = start
            let index = placed.firstIndex { $0.start > start } ?? placed.endIndex
            placed.insert((request, start, start + byteCount), at: index)
            total = max(total, start + byteCount)
        }
        return (offsets, total)
    }
}
