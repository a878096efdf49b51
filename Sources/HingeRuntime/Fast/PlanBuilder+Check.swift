import HingeGraph

extension PlanBuilder {
    /// Follows what each piece of memory holds from step to step.
    ///
    /// No step may find another value than the one it was given, and none may overwrite memory that it also reads
    /// through a second argument. The rules that keep it so stand with the lowerings; here they are proved for every
    /// plan before it runs.
    ///
    /// - Throws: ``HingeError`` with the code `internalError`.
    func checkMemory() throws {
        let buffers = buffers
        func root(_ buffer: BufferID) -> BufferID { buffers[buffer].owner ?? buffer }
        var contents = [BufferID?](repeating: nil, count: buffers.count)
        func expect(_ buffer: BufferID) throws {
            let owner = root(buffer)
            switch buffers[owner].location {
            case .input, .constant: return
            case .arena, .output, nil: break
            }
            guard contents[owner] == buffer else {
                throw HingeError(
                    .internalError, "a step of the plan reads memory that holds another value")
            }
        }
        for emission in emissions {
            for buffer in emission.reads { try expect(buffer) }
            for buffer in emission.writes {
                let owner = root(buffer)
                guard emission.reads.count(where: { root($0) == owner }) <= 1 else {
                    throw HingeError(
                        .internalError, "a step of the plan overwrites memory that it still reads")
                }
                contents[owner] = buffer
            }
        }
        for buffer in resultBuffers { try expect(buffer) }
    }
}
