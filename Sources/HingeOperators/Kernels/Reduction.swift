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
        case .float32: RealReducer<_, Float>(reduction).loop
        case .float64: RealReducer<_, Double>(reduction).loop
        case .float16: RealReducer<_, Float16>(reduction).loop
        case .bfloat16: RealReducer<_, BFloat16>(reduction).loop
        default: nil
        }
    }

    /// The loop over booleans and integers of 8 or at least 32 bits; `nil` for other types.
    func reducer(_ reduction: some IntegerReduction) -> ReductionLoop? {
        switch self {
        case .int8: IntegerReducer<_, Int8>(reduction).loop
        case .int32: IntegerReducer<_, Int32>(reduction).loop
        case .int64: IntegerReducer<_, Int64>(reduction).loop
        case .uint8: IntegerReducer<_, UInt8>(reduction).loop
        case .uint32: IntegerReducer<_, UInt32>(reduction).loop
        case .uint64: IntegerReducer<_, UInt64>(reduction).loop
        case .bool: BooleanReducer(reduction).loop
        default: nil
        }
    }

    /// The loop over integers of 32 bits or more, as real numbers; `nil` for other types.
    func integerReducer(_ reduction: some RealReduction) -> ReductionLoop? {
        switch self {
        case .int32: RealIntegerReducer<_, Int32>(reduction).loop
        case .int64: RealIntegerReducer<_, Int64>(reduction).loop
        case .uint32: RealIntegerReducer<_, UInt32>(reduction).loop
        case .uint64: RealIntegerReducer<_, UInt64>(reduction).loop
        default: nil
        }
    }
}

extension Tensor {
    fileprivate func reduce<R: Reducer>(
        to output: OutputTensor, _ walk: ReductionWalk, _ reducer: R
    ) throws {
        let x = try aligned()
        guard let from = x.region?.base.assumingMemoryBound(to: R.Element.self),
            let to = output.bytes.baseAddress?.assumingMemoryBound(to: R.Element.self),
            output.count > 0
        else { return }
        if walk.count == 0 {
            let result = reducer.finish(reducer.initial, count: 0)
            for index in 0..<output.count { to[index] = result }
        } else if walk.hasInnerRuns {
            reducer.reduceRuns(from, to, walk)
        } else {
            reducer.reduceColumns(from, to, walk)
        }
        withExtendedLifetime(x) {}
    }
}

/// A reduction of elements of one type, for an inner loop.
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
    /// The reduction of a tensor, written to an output.
    fileprivate var loop: ReductionLoop { { try $1.reduce(to: $0, $2, self) } }

    /// Each result is made of contiguous runs.
    fileprivate func reduceRuns(
        _ x: UnsafePointer<Element>, _ y: UnsafeMutablePointer<Element>, _ walk: ReductionWalk
    ) {
        let kept = walk.offsets(reduced: false)
        let rest = walk.offsets(reduced: true)
        let length = walk.runLength
        let parts = ReductionWalk.parts(of: walk.count, results: kept.count)
        guard parts > 1 else {
            return parallelFor(kept.count, cost: walk.count * Self.cost) { range in
                for result in range {
                    let state = runs(x + kept(result), rest, length, 0..<walk.count)
                    y[result] = finish(state, count: walk.count)
                }
            }
        }
        let states = UnsafeMutablePointer<State>.allocate(capacity: kept.count * parts)
        defer { states.deallocate() }
        parallelFor(kept.count * parts, cost: walk.count / parts * Self.cost) { range in
            for item in range {
                let (result, part) = item.quotientAndRemainder(dividingBy: parts)
                let bounds = part * walk.count / parts..<(part + 1) * walk.count / parts
                states[item] = runs(x + kept(result), rest, length, bounds)
            }
        }
        for result in 0..<kept.count {
            var state = states[result * parts]
            for part in 1..<parts { state = merge(state, states[result * parts + part]) }
            y[result] = finish(state, count: walk.count)
        }
    }

    /// The state of a range of the elements that make a result.
    private func runs(
        _ x: UnsafePointer<Element>, _ rest: ReductionWalk.Offsets, _ length: Int,
        _ range: Range<Int>
    ) -> State {
        var state = initial
        var start = range.lowerBound
        while start < range.upperBound {
            let (row, inside) = start.quotientAndRemainder(dividingBy: length)
            let count = min(length - inside, range.upperBound - start)
            state = merge(state, run(x + (rest(row) + inside), count))
            start += count
        }
        return state
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

    /// The innermost dimension is kept: a row of results at once, so that memory is walked in order.
    fileprivate func reduceColumns(
        _ x: UnsafePointer<Element>, _ y: UnsafeMutablePointer<Element>, _ walk: ReductionWalk
    ) {
        let kept = walk.offsets(reduced: false)
        let rest = walk.offsets(reduced: true)
        let length = walk.runLength
        let width = min(length, 512)
        let blocks = (length + width - 1) / width
        let parts = min(
            ReductionWalk.parts(of: walk.count * width, results: kept.count * blocks), walk.count)
        let states = UnsafeMutablePointer<State>.allocate(
            capacity: parts > 1 ? kept.count * parts * length : 1)
        defer { states.deallocate() }
        // An item is a part of the rows of a block of columns.
        let items = kept.count * parts * blocks
        parallelFor(items, cost: walk.count * width / parts * Self.cost) { range in
            let own = UnsafeMutablePointer<State>.allocate(capacity: width)
            defer { own.deallocate() }
            for item in range {
                let (line, block) = item.quotientAndRemainder(dividingBy: blocks)
                let (result, part) = line.quotientAndRemainder(dividingBy: parts)
                let start = block * width
                let count = min(width, length - start)
                let target = parts > 1 ? states + (line * length + start) : own
                for index in 0..<count { target[index] = initial }
                let bounds = part * walk.count / parts..<(part + 1) * walk.count / parts
                let x = x + (kept(result) + start)
                rest.forEachRow(in: bounds) { offset, rows, step in
                    addRows(target, x + offset, rows, step, count)
                }
                if parts == 1 {
                    finishRow(y + (result * length + start), target, count, of: walk.count)
                }
            }
        }
        guard parts > 1 else { return }
        for result in 0..<kept.count {
            let total = states + result * parts * length
            for part in 1..<parts {
                let other = total + part * length
                for index in 0..<length { total[index] = merge(total[index], other[index]) }
            }
            finishRow(y + result * length, total, length, of: walk.count)
        }
    }

    @inline(never)
    private func finishRow(
        _ y: UnsafeMutablePointer<Element>, _ states: UnsafePointer<State>, _ count: Int,
        of total: Int
    ) {
        for index in 0..<count { y[index] = finish(states[index], count: total) }
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

private struct RealIntegerReducer<
    Reduction: RealReduction, Element: TensorElement & FixedWidthInteger
>: Reducer {
    static var cost: Int { Reduction.cost }
    let reduction: Reduction
    @inline(__always) init(_ reduction: Reduction) { self.reduction = reduction }
    @inline(__always) var initial: Reduction.State { reduction.initial }
    @inline(__always)
    func add(_ state: Reduction.State, _ x: Element) -> Reduction.State {
        reduction.add(state, Double(x))
    }
    @inline(__always)
    func merge(_ a: Reduction.State, _ b: Reduction.State) -> Reduction.State {
        reduction.merge(a, b)
    }
    @inline(__always)
    func finish(_ state: Reduction.State, count: Int) -> Element {
        Element(saturating: reduction.finish(state, count: count))
    }
}

private struct IntegerReducer<
    Reduction: IntegerReduction, Element: TensorElement & FixedWidthInteger
>: Reducer {
    static var cost: Int { 1 }
    let reduction: Reduction
    @inline(__always) init(_ reduction: Reduction) { self.reduction = reduction }
    @inline(__always) var initial: Element { reduction.initial(Element.self) }
    @inline(__always)
    func add(_ state: Element, _ x: Element) -> Element { reduction.add(state, x) }
    @inline(__always)
    func merge(_ a: Element, _ b: Element) -> Element { reduction.merge(a, b) }
    @inline(__always)
    func finish(_ state: Element, count: Int) -> Element { state }
}

/// Booleans are stored as bytes, every one of which but 0 is true.
private struct BooleanReducer<Reduction: IntegerReduction>: Reducer {
    static var cost: Int { 1 }
    let reduction: Reduction
    @inline(__always) init(_ reduction: Reduction) { self.reduction = reduction }
    @inline(__always) var initial: UInt8 { reduction.initial(UInt8.self) }
    @inline(__always)
    func add(_ state: UInt8, _ x: UInt8) -> UInt8 { reduction.add(state, x == 0 ? 0 : 1) }
    @inline(__always)
    func merge(_ a: UInt8, _ b: UInt8) -> UInt8 { reduction.merge(a, b) }
    @inline(__always)
    func finish(_ state: UInt8, count: Int) -> UInt8 { state == 0 ? 0 : 1 }
}
