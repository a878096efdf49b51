/// Memory that is needed from one step to another.
struct ArenaRequest {
    let buffer: BufferID
    let byteCount: Int
    let first: Int
    var last: Int

    /// The distance between places where buffers may begin: a cache line.
    static let alignment = 64

    /// Gives each request an offset, so that those needed at the same time don't overlap.
    ///
    /// The largest is placed first; each goes to the smallest gap that holds it.
    ///
    /// - Returns: The offsets by buffer, and the size of the memory altogether.
    static func place(_ requests: [ArenaRequest]) -> (offsets: [BufferID: Int], byteCount: Int) {
        var offsets: [BufferID: Int] = [:]
        var placed: [(request: ArenaRequest, start: Int, end: Int)] = []
        var total = 0
        let order = requests.sorted {
            ($0.byteCount, $1.buffer) > ($1.byteCount, $0.buffer)
        }
        for request in order {
            let byteCount = (request.byteCount + alignment - 1) / alignment * alignment
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
