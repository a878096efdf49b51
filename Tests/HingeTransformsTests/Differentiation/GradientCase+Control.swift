import HingeGraph

@testable import HingeOperators

extension GradientCase {
    /// Recurrent layers.
    static let recurrent: [GradientCase] = RecurrentDirection.allCases.flatMap { direction in
        let count = direction.count
        let x = Point.any(3, 2, 2)
        func inputs(_ gates: Int) -> [Tensor?] {
            [
                x, Point.between(-0.9, 0.8, count, gates * 2, 2),
                Point.between(-0.7, 0.9, count, gates * 2, 2),
                Point.between(-0.5, 0.6, count, 2 * gates * 2),
            ]
        }
        let state = Point.between(-0.6, 0.7, count, 2, 2)
        let lengths = Tensor([3, 2] as [Int32])
        return [
            GradientCase(
                RNN(direction: direction), inputs(1) + [nil, state], outputs: [0, 1],
                named: "\(direction)", doubled: direction == .forward),
            GradientCase(
                GRU(direction: direction), inputs(3) + [lengths, state], outputs: [0, 1],
                named: "\(direction)", doubled: false),
            GradientCase(
                GRU(direction: direction, isLinearBeforeReset: true), inputs(3), outputs: [0, 1],
                named: "\(direction), linear before reset", doubled: false),
            GradientCase(
                LSTM(direction: direction), inputs(4) + [nil, state, state], outputs: [0, 1, 2],
                named: "\(direction)", doubled: direction == .forward),
            GradientCase(
                LSTM(direction: direction),
                inputs(4) + [lengths, nil, nil, Point.between(-0.4, 0.5, count, 6)],
                outputs: [0, 1, 2], named: "\(direction), peepholes, lengths", doubled: false),
            GradientCase(
                LSTM(direction: direction, isBatchFirst: true, couplesInputAndForget: true),
                [Point.any(2, 3, 2)] + inputs(4).dropFirst(), outputs: [0, 1, 2],
                named: "\(direction), batch first, coupled", doubled: false),
        ]
    }

    /// Operators that run bodies.
    static let controls: [GradientCase] =
        [true, false].map { condition in
            GradientCase(
                "If, \(condition)", OperatorID(domain: "", type: "If"),
                [Point.any(3), Point.any(3)]
            ) { graph, x in
                let sum = try graph.append(ReduceSum(keepsDimensions: false), x[0])
                let bound = graph.constant(Tensor(scalar: condition ? -100.0 : 100.0))
                let isGreater = try graph.append(Greater(), sum, bound)
                let first = try graph.body { body in
                    body.output(try body.append(Mul(), x[0], body.append(Sin(), x[1])))
                    body.output(x[0])
                }
                let second = try graph.body { body in
                    body.output(try body.append(Exp(), x[1]))
                    body.output(try body.append(Identity(), x[1]))
                }
                return try graph.append(
                    If(outputCount: 2), [isGreater], outputCount: 2,
                    bodies: ["then_branch": first, "else_branch": second])
            }
        }
        + [false, true].map { isReversed in
            GradientCase(
                "Scan, reversed: \(isReversed)", OperatorID(domain: "", type: "Scan"),
                [Point.any(2), Point.any(2, 3), Point.any(2)]
            ) { graph, x in
                let body = try graph.body { body in
                    let state = body.input("state", .float64, [2])
                    let element = body.input("element", .float64, [2])
                    let product = try body.append(Mul(), state, element)
                    let next = try body.append(Add(), product, body.append(Sin(), x[2]))
                    body.output(next)
                    body.output(try body.append(Mul(), next, element))
                }
                let scan = Scan(
                    stateCount: 1, scans: [Scan.Direction(axis: 1, isReversed: isReversed)],
                    stacks: [Scan.Direction(axis: -1, isReversed: !isReversed)])
                return try graph.append(
                    scan, [x[0], x[1]], outputCount: 2, bodies: ["body": body])
            }
        } + [
            GradientCase(
                "Loop", OperatorID(domain: "", type: "Loop"), [Point.any(2), Point.any(2)]
            ) { graph, x in
                let count = graph.constant(Tensor(scalar: Int64(3)))
                let isTrue = graph.constant(Tensor([true], shape: []))
                let body = try graph.body { body in
                    let number = body.input("number", .int64, [])
                    let condition = body.input("condition", .bool, [])
                    let carried = body.input("carried", .float64, [2])
                    let factor = try body.append(Cast(to: .float64), number)
                    let part = try body.append(Mul(), body.append(Sin(), carried), x[1])
                    let next = try body.append(Add(), part, body.append(Mul(), factor, carried))
                    body.output(try body.append(Identity(), condition))
                    body.output(next)
                    body.output(try body.append(Mul(), next, carried))
                }
                return try graph.append(
                    Loop(carriedCount: 1, stackCount: 1), [count, isTrue, x[0]], outputCount: 2,
                    bodies: ["body": body])
            }
        ]
}
