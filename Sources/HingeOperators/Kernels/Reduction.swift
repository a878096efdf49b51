import HingeGraph

/// How real numbers are combined to one; floating-point numbers of every width are accumulated in `Double`.
protocol RealReduction: Sendable {
    associatedtype State: BitwiseCopyable
    /// The state before any number.
    var initial: State { get }
    func add(_ state: State, _ x: Double) -> State
    /// The state of two parts together.
    func merge(_ a: State, _ b: State) -> State
    /// The result of `count` numbers.
    func finish(_ state: State, count: Int) -> Double
    /// The work of one number, as `parallelFor` counts it.
    static var cost: Int { get }
}

extension RealReduction {
    static var cost: Int { 2 }
}

/// How integers are combined to one.
protocol IntegerReduction: Sendable {
    func initial<T: FixedWidthInteger>(_ type: T.Type) -> T
    func add<T: FixedWidthInteger>(_ state: T, _ x: T) -> T
    /// The state of two parts together.
    func merge<T: FixedWidthInteger>(_ a: T, _ b: T) -> T
}

/// Writes what some axes of a tensor are reduced to.
typealias ReductionLoop = @Sendable (OutputTensor, Tensor, ReductionWalk) throws -> Void

extension DataType {
    /// The loop over floating-point numbers of 16 bits or more; `nil` for other types.
    func reducer(_ reduction: some RealReduction) -> ReductionLoop? {
        switch self {
        case .float32: RealReducer<_, Float>(reduction).code.loop
        case .float64: RealReducer<_, Double>(reduction).code.loop
        case .float16: RealReducer<_, Float>(reduction).code.of(.float16).loop
        case .bfloat16: RealReducer<_, Float>(reduction).code.of(.bfloat16).loop
        default: nil
        }
    }

    /// The loop over integers of 32 bits or more, as real numbers; `nil` for other types.
    func integerReducer(_ reduction: some RealReduction) -> ReductionLoop? {
        let type: Widening
        switch self {
        case .int32: type = .real(Int32.self)
        case .int64: type = .real(Int64.self)
        case .uint32: type = .real(UInt32.self)
        case .uint64: type = .real(UInt64.self)
        default: return nil
        }
        return RealReducer<_, Double>(reduction).code.of(type).loop
    }

    /// The loop over booleans and integers of 8 or at least 32 bits; `nil` for other types.
    func reducer(_ reduction: some IntegerReduction) -> ReductionLoop? {
        switch self {
        case .int8: IntegerReducer<_, Int64>(reduction, from: Int8.self).code.of(.int8AsInt64).loop
        case .int32:
            IntegerReducer<_, Int64>(reduction, from: Int32.self).code.of(.int32AsInt64).loop
        case .int64: IntegerReducer<_, Int64>(reduction, from: Int64.self).code.loop
        case .uint8:
            IntegerReducer<_, UInt64>(reduction, from: UInt8.self).code.of(.uint8AsUInt64).loop
        case .uint32:
            IntegerReducer<_, UInt64>(reduction, from: UInt32.self).code.of(.uint32AsUInt64).loop
        case .uint64: IntegerReducer<_, UInt64>(reduction, from: UInt64.self).code.loop
        case .bool:
            IntegerReducer<_, UInt64>(reduction, from: UInt8.self).code.of(.boolAsUInt64).loop
        default: nil
        }
    }
}

/// What a reduction does with the elements of a type, and with its states in memory.
///
/// These functions alone are compiled for each reduction; how a tensor is walked is the same code for all.
private struct ReductionCode: Sendable {
    /// The work of one element, as `parallelFor` counts it.
    let cost: Int
    /// The size of a state.
    let stateSize: Int
    /// The size of an element.
    var elementSize: Int
    /// Makes states of no elements.
    let start: @Sendable (_ states: UnsafeMutableRawPointer, _ count: Int) -> Void
    /// Adds a run of elements to a state.
    var addRun:
        @Sendable (_ state: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, _ count: Int) -> Void
    /// Adds rows of elements, which are `step` elements apart, to a row of states.
    var addRows:
        @Sendable (
            _ states: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, _ rows: Int, _ step: Int,
            _ count: Int
        ) -> Void
    /// Merges other states into as many states.
    let merge:
        @Sendable (_ states: UnsafeMutableRawPointer, _ others: UnsafeRawPointer, _ count: Int) ->
            Void
    /// Writes the results of states of `total` elements.
    var finish:
        @Sendable (
            _ y: UnsafeMutableRawPointer, _ states: UnsafeRawPointer, _ count: Int, _ total: Int
        ) -> Void
}

extension ReductionCode {
    /// The same reduction of elements of a narrow type.
    func of(_ type: Widening) -> ReductionCode {
        let wide = self
        var code = self
        code.elementSize = type.size
        code.addRun = { state, x, count in
            type.forEachPart(count) { start, count, elements, _, _ in
                type.load(elements, x + start * type.size, count)
                wide.addRun(state, elements, count)
            }
        }
        code.addRows = { states, x, rows, step, count in
            for row in 0..<rows {
                let x = x + row * step * type.size
                type.forEachPart(count) { start, count, elements, _, _ in
                    type.load(elements, x + start * type.size, count)
                    wide.addRows(states + start * wide.stateSize, elements, 1, 0, count)
                }
            }
        }
        code.finish = { y, states, count, total in
            type.forEachPart(count) { start, count, results, _, _ in
                wide.finish(results, states + start * wide.stateSize, count, total)
                type.store(y + start * type.size, results, count)
            }
        }
        return code
    }

    /// The reduction of a tensor, written to an output.
    @inline(never)
    var loop: ReductionLoop { { try reduce($1, to: $0, $2) } }

    private func reduce(_ x: Tensor, to output: OutputTensor, _ walk: ReductionWalk) throws {
        let x = try x.aligned()
        guard let from = x.region?.base, let to = output.bytes.baseAddress, output.count > 0
        else { return }
        if walk.count == 0 {
            withStates(1) { state in
                start(state, 1)
                for index in 0..<output.count { finish(to + index * elementSize, state, 1, 0) }
            }
        } else if walk.hasInnerRuns {
            reduceRuns(from, to, walk)
        } else {
            reduceColumns(from, to, walk)
        }
        withExtendedLifetime(x) {}
    }

    private func withStates(_ count: Int, _ body: (UnsafeMutableRawPointer) -> Void) {
        withTemporaryMemory(byteCount: max(count, 1) * stateSize, body)
    }

    /// Each result is made of contiguous runs.
    private func reduceRuns(
        _ x: UnsafeRawPointer, _ y: UnsafeMutableRawPointer, _ walk: ReductionWalk
    ) {
        let (kept, rest) = (walk.kept, walk.reduced)
        let length = walk.runLength
        let parts = ReductionWalk.parts(of: walk.count, results: kept.count)
        guard parts > 1 else {
            return parallelFor(kept.count, cost: walk.count * cost) { range in
                withStates(1) { state in
                    for result in range {
                        start(state, 1)
                        addRuns(state, x + kept(result) * elementSize, rest, length, 0..<walk.count)
                        finish(y + result * elementSize, state, 1, walk.count)
                    }
                }
            }
        }
        withStates(kept.count * parts) { states in
            // Threads write different states.
            nonisolated(unsafe) let states = states
            start(states, kept.count * parts)
            parallelFor(kept.count * parts, cost: walk.count / parts * cost) { range in
                for item in range {
                    let (result, part) = item.quotientAndRemainder(dividingBy: parts)
                    let bounds = part * walk.count / parts..<(part + 1) * walk.count / parts
                    addRuns(
                        states + item * stateSize, x + kept(result) * elementSize, rest, length,
                        bounds)
                }
            }
            for result in 0..<kept.count {
                let state = states + result * parts * stateSize
                for part in 1..<parts { merge(state, state + part * stateSize, 1) }
                finish(y + result * elementSize, state, 1, walk.count)
            }
        }
    }

    /// Adds a range of the elements that make a result to its state.
    private func addRuns(
        _ state: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, _ rest: ReductionWalk.Offsets,
        _ length: Int, _ range: Range<Int>
    ) {
        var start = range.lowerBound
        while start < range.upperBound {
            let (row, inside) = start.quotientAndRemainder(dividingBy: length)
            let count = min(length - inside, range.upperBound - start)
            addRun(state, x + (rest(row) + inside) * elementSize, count)
            start += count
        }
    }

    /// The innermost dimension is kept: a row of results at once, so that memory is walked in order.
    private func reduceColumns(
        _ x: UnsafeRawPointer, _ y: UnsafeMutableRawPointer, _ walk: ReductionWalk
    ) {
        let (kept, rest) = (walk.kept, walk.reduced)
        let length = walk.runLength
        let width = min(length, 512)
        let blocks = (length + width - 1) / width
        let parts = min(
            ReductionWalk.parts(of: walk.count * width, results: kept.count * blocks), walk.count)
        withStates(parts > 1 ? kept.count * parts * length : 0) { states in
            // Threads write different states.
            nonisolated(unsafe) let states = states
            // An item is a part of the rows of a block of columns.
            let items = kept.count * parts * blocks
            parallelFor(items, cost: walk.count * width / parts * cost) { range in
                withStates(width) { own in
                    for item in range {
                        let (line, block) = item.quotientAndRemainder(dividingBy: blocks)
                        let (result, part) = line.quotientAndRemainder(dividingBy: parts)
                        let column = block * width
                        let count = min(width, length - column)
                        let target =
                            parts > 1 ? states + (line * length + column) * stateSize : own
                        start(target, count)
                        let bounds = part * walk.count / parts..<(part + 1) * walk.count / parts
                        let x = x + (kept(result) + column) * elementSize
                        rest.forEachRow(in: bounds) { offset, rows, step in
                            addRows(target, x + offset * elementSize, rows, step, count)
                        }
                        if parts == 1 {
                            let y = y + (result * length + column) * elementSize
                            finish(y, target, count, walk.count)
                        }
                    }
                }
            }
            guard parts > 1 else { return }
            for result in 0..<kept.count {
                let total = states + result * parts * length * stateSize
                for part in 1..<parts { merge(total, total + part * length * stateSize, length) }
                finish(y + result * length * elementSize, total, length, walk.count)
            }
        }
    }
}

/// A reduction of elements of one type, for inner loops.
private protocol Reducer: Sendable {
    associatedtype Element: TensorElement
    associatedtype State: BitwiseCopyable
    /// The work of one element, as `parallelFor` counts it.
    static var cost: Int { get }
    var initial: State { get }
    func add(_ state: State, _ x: Element) -> State
    func merge(_ a: State, _ b: State) -> State
    func finish(_ state: State, count: Int) -> Element
}

extension Reducer {
    fileprivate var code: ReductionCode {
        ReductionCode(
            cost: Self.cost, stateSize: MemoryLayout<State>.stride,
            elementSize: MemoryLayout<Element>.stride,
            start: { states, count in
                states.assumingMemoryBound(to: State.self).update(repeating: initial, count: count)
            },
            addRun: { state, x, count in
                let state = state.assumingMemoryBound(to: State.self)
                state[0] = merge(state[0], run(x.assumingMemoryBound(to: Element.self), count))
            },
            addRows: { states, x, rows, step, count in
                addRows(
                    states.assumingMemoryBound(to: State.self),
                    x.assumingMemoryBound(to: Element.self), rows, step, count)
            },
            merge: { states, others, count in
                let states = states.assumingMemoryBound(to: State.self)
                let others = others.assumingMemoryBound(to: State.self)
                for index in 0..<count { states[index] = merge(states[index], others[index]) }
            },
            finish: { y, states, count, total in
                let y = y.assumingMemoryBound(to: Element.self)
                let states = states.assumingMemoryBound(to: State.self)
                for index in 0..<count { y[index] = finish(states[index], count: total) }
            })
    }

    /// Eight states at once, so that additions don't wait for each other and rounding errors stay small.
    @inline(never)
    private func run(_ x: UnsafePointer<Element>, _ length: Int) -> State {
        var s0 = initial
        var index = 0
        if length >= 8 {
            var (s1, s2, s3) = (initial, initial, initial)
            var (s4, s5, s6, s7) = (initial, initial, initial, initial)
            while index &+ 8 <= length {
                let x = x + index
                s0 = add(s0, x[0])
                s1 = add(s1, x[1])
                s2 = add(s2, x[2])
                s3 = add(s3, x[3])
                s4 = add(s4, x[4])
                s5 = add(s5, x[5])
                s6 = add(s6, x[6])
                s7 = add(s7, x[7])
                index &+= 8
            }
            s0 = merge(merge(merge(s0, s1), merge(s2, s3)), merge(merge(s4, s5), merge(s6, s7)))
        }
        while index < length {
            s0 = add(s0, x[index])
            index &+= 1
        }
        return s0
    }

    @inline(never)
    private func addRows(
        _ states: UnsafeMutablePointer<State>, _ x: UnsafePointer<Element>, _ rows: Int,
        _ step: Int, _ count: Int
    ) {
        for row in 0..<rows {
            let x = x + row * step
            for index in 0..<count { states[index] = add(states[index], x[index]) }
        }
    }
}

private struct RealReducer<Reduction: RealReduction, Element: NumberElement>: Reducer
where Element.Computed: RealElement {
    static var cost: Int { Reduction.cost }
    let reduction: Reduction
    @inline(__always) init(_ reduction: Reduction) { self.reduction = reduction }
    @inline(__always) var initial: Reduction.State { reduction.initial }
    @inline(__always)
    func add(_ state: Reduction.State, _ x: Element) -> Reduction.State {
        reduction.add(state, Double(x.computed))
    }
    @inline(__always)
    func merge(_ a: Reduction.State, _ b: Reduction.State) -> Reduction.State {
        reduction.merge(a, b)
    }
    @inline(__always)
    func finish(_ state: Reduction.State, count: Int) -> Element {
        Element(computed: Element.Computed(reduction.finish(state, count: count)))
    }
}

/// Integers as wide ones, whose lower bits are the result.
private struct IntegerReducer<
    Reduction: IntegerReduction, Element: TensorElement & FixedWidthInteger
>: Reducer {
    static var cost: Int { 1 }
    let reduction: Reduction
    /// What a result starts from depends on the type that the integers had.
    let initial: Element

    init<Narrow: FixedWidthInteger>(_ reduction: Reduction, from type: Narrow.Type) {
        self.reduction = reduction
        initial = Element(truncatingIfNeeded: reduction.initial(type))
    }

    @inline(__always)
    func add(_ state: Element, _ x: Element) -> Element { reduction.add(state, x) }
    @inline(__always)
    func merge(_ a: Element, _ b: Element) -> Element { reduction.merge(a, b) }
    @inline(__always)
    func finish(_ state: Element, count: Int) -> Element { state }
}
