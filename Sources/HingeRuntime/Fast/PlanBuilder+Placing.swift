import HingeGraph
import HingeProgram

extension PlanBuilder {
    /// The plan, with a place for every buffer.
    func finish() throws -> Plan {
        let results = try options.outputs.map { try result($0) }
        try checkMemory()
        var plan = Plan()
        plan.results = results
        plan.outputTypes = outputTypes
        plan.dynamicCount = dynamicCount
        plan.scratchByteCount = scratchByteCount
        plan.lowSteps = lowSteps
        let joined = joinInPlace()
        plan.steps = emissions.map { $0.step }
        let (offsets, byteCount) = arena(joined)
        plan.arenaByteCount = byteCount
        plan.buffers = buffers.indices.map { buffer in
            let place = joined.place(root(buffer))
            return buffers[place.buffer].location
                ?? .arena(offsets[place.buffer] + place.byteOffset)
        }
        plan.byteCounts = buffers.map(\.byteCount)
        #if OneDNN
            plan.magnitudes = magnitudes(plan.buffers)
        #endif
        return plan
    }

    private func result(_ slot: Int) throws -> Plan.Result {
        switch values[slot] {
        case .undefined:
            let name = program.slots[slot].name ?? ""
            throw HingeError(
                .mismatch, "expected the value '\(name)', which its node doesn't give")
        case .constant(let tensor): return .constant(.tensor(tensor))
        case .dynamic(let index): return .dynamic(index)
        case .input(let index): return .input(index)
        case .memory(let placement):
            outputTypes.append(placement.type)
            let output = outputTypes.count - 1
            // The steps write straight into the tensor that is returned, where nothing else is in its memory.
            if let plain = placement.plain, buffers[root(plain)].location == nil,
                buffers[root(plain)].byteCount == placement.type.byteCount
            {
                buffers[root(plain)].location = .output(output)
                resultBuffers.append(plain)
                return .output(output)
            }
            let target = addBuffer(
                byteCount: placement.type.byteCount, at: .output(output))
            try copy(placement, to: target)
            resultBuffers.append(target)
            return .output(output)
        }
    }

    private func copy(_ placement: Placement, to target: BufferID) throws {
        #if OneDNN
            if placement.plain == nil { return try reorder(placement, to: target) }
        #endif
        let source = try plainBuffer(placement)
        emit(
            CopyStep(source: source, target: target, type: placement.type), reads: [source],
            writes: [target])
    }

    /// The offsets of all buffers, 0 for those that own no memory, and the size of the memory altogether.
    private func arena(_ joined: JoinedBuffers) -> ([Int], Int) {
        let buffers = buffers
        var requests: [ArenaRequest] = []
        var known = [Int?](repeating: nil, count: buffers.count)
        func note(_ list: [BufferID], at time: Int) {
            for buffer in list {
                let owner = joined.place(buffers[buffer].owner ?? buffer).buffer
                guard buffers[owner].location == nil else { continue }
                if let index = known[owner] {
                    requests[index].last = time
                } else {
                    known[owner] = requests.count
                    requests.append(
                        ArenaRequest(
                            buffer: owner, byteCount: buffers[owner].byteCount, first: time,
                            last: time))
                }
            }
        }
        for (time, emission) in emissions.enumerated() {
            note(emission.reads, at: time)
            note(emission.writes, at: time)
        }
        let (places, byteCount) = ArenaRequest.place(requests)
        var offsets = [Int](repeating: 0, count: buffers.count)
        for (buffer, offset) in places { offsets[buffer] = offset }
        return (offsets, byteCount)
    }
}

/// A step that copies a buffer into another.
struct CopyStep: StatelessStep {
    let source: BufferID
    let target: BufferID
    let type: TensorType

    var summary: String { "copy" }

    func run(_ workspace: Workspace) throws {
        guard let from = try workspace.address(of: source),
            let to = try workspace.address(of: target)
        else { return }
        to.copyMemory(from: from, byteCount: type.byteCount)
    }
}
