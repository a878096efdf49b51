import HingeGraph

extension MaxRoiPool: SteppedOperator {
    /// The largest of each region's elements that are in the columns of a cell, then of those that are in its rows.
    ///
    /// Equal elements share the gradient. Cells begin and end at whole elements: regions have the gradient 0.
    public func appendSteps(_ steps: inout Composition) throws {
        let (x, regions) = (try steps.input(0), try steps.input(1))
        _ = try steps.knownShape(x, rank: 4)
        let first = try steps.append(Gather(axis: 1), regions, steps.integer(0))
        let images = try steps.append(
            Gather(axis: 0), x, steps.append(Cast(to: .int64), first))
        let rows = try cells(regions, first: 2, count: pooledShape[0], axis: 2, &steps)
        let columns = try cells(regions, first: 1, count: pooledShape[1], axis: 3, &steps)
        let least = try steps.scalar(-.infinity, like: x)
        func largest(
            _ mask: Composition.Operand, _ elements: Composition.Operand, _ axis: Int
        ) throws -> Composition.Operand {
            let own = try steps.select(mask, elements, least)
            return try steps.append(ReduceMax(axes: [axis], keepsDimensions: false), own)
        }
        // [R, C, H, 1, W] under [R, 1, 1, columns, W].
        let inColumns = try largest(
            steps.append(Unsqueeze(axes: [1, 2]), columns),
            steps.append(Unsqueeze(axes: [3]), images), 4)
        // [R, C, 1, H, columns] under [R, 1, rows, H, 1].
        let inRows = try largest(
            steps.append(Unsqueeze(axes: [1, 4]), rows),
            steps.append(Unsqueeze(axes: [2]), inColumns), 3)
        func isEmpty(_ mask: Composition.Operand) throws -> Composition.Operand {
            let count = try steps.sum(steps.number(mask, like: x), along: [2], keep: false)
            return try steps.isLess(count, than: 0.5)
        }
        // [R, 1, rows, 1] and [R, 1, 1, columns].
        let noRows = try steps.append(Unsqueeze(axes: [1, 3]), isEmpty(rows))
        let noColumns = try steps.append(Unsqueeze(axes: [1, 2]), isEmpty(columns))
        let nothing = try steps.append(Or(), noRows, noColumns)
        steps.give(try steps.select(nothing, steps.scalar(0, like: x), inRows))
    }

    /// Which elements along a dimension are in which cells, `bool[R, count, extent]`.
    ///
    /// - Parameter first: The column of `regions` where they begin.
    private func cells(
        _ regions: Composition.Operand, first: Int, count: Int, axis: Int,
        _ steps: inout Composition
    ) throws -> Composition.Operand {
        let type = try steps.dataType(regions)
        // Rounded to the nearest whole number, away from zero between two; [R, 1, 1].
        func corner(_ column: Int) throws -> Composition.Operand {
            let numbers = try steps.append(Gather(axis: 1), regions, steps.integers([column]))
            let scaled = try steps.multiply(numbers, Double(spatialScale))
            let size = try steps.append(
                Floor(), steps.add(steps.append(Abs(), scaled), 0.5))
            let rounded = try steps.multiply(size, steps.append(Sign(), scaled))
            return try steps.append(Unsqueeze(axes: [2]), rounded)
        }
        func indices(from start: Int) throws -> Composition.Operand {
            let numbers = (0..<count).map { Double($0 + start) }
            return steps.constant(try Tensor(numbers, shape: [count, 1]).converted(to: type))
        }
        let start = try corner(first)
        let length = try steps.add(steps.subtract(corner(first + 2), start), 1)
        let size = try steps.divide(
            steps.append(Max(), length, steps.scalar(1, like: length)),
            steps.scalar(Double(max(count, 1)), like: length))
        let begins = try steps.add(
            steps.append(Floor(), steps.multiply(indices(from: 0), size)), start)
        let ends = try steps.add(
            steps.append(Ceil(), steps.multiply(indices(from: 1), size)), start)
        let extent = try steps.append(
            Squeeze(axes: [0]), steps.extent(of: steps.input(0), axis))
        let elements = try steps.append(
            Cast(to: type),
            steps.append(NumberRange(), steps.integer(0), extent, steps.integer(1)))
        return try steps.append(
            And(), steps.append(GreaterOrEqual(), elements, begins),
            steps.append(Less(), elements, ends))
    }
}
